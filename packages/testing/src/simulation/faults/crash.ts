/**
 * A server loses power and comes back later: at once, or once it has sent
 * `amount` more messages, which is in the middle of a turn.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const crash: Fault = {
  name: "crash",
  draw: (setting) =>
    drawTimes(setting, 20).map((at) => ({
      at,
      lasts: drawBetween(setting.random, 10, setting.electionTimeoutMax * 8),
      fault: "crash",
      servers: [drawServer(setting)],
      amount: setting.random.chance(500) ? 0 : 1 + setting.random.below(12)
    })),
  begin: (world, { amount, servers }) => {
    const seat = seatOf(world, servers[0])
    if (seat.server !== undefined) world.fire("crash")
    if (amount === 0) world.crash(seat)
    else seat.sendsToCrash = amount
    return () => {
      seat.sendsToCrash = 0
      world.restart(seat)
    }
  }
}
