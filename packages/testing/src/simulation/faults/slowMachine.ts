/**
 * The state machine of a server takes up to `amount` milliseconds longer for each
 * order.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const slowMachine: Fault = {
  name: "slowMachine",
  draw: (setting) =>
    drawTimes(setting, 6).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 12),
      fault: "slowMachine",
      servers: [drawServer(setting)],
      amount: drawBetween(setting.random, 5, setting.electionTimeoutMax * 3)
    })),
  begin: (world, { amount, servers }) => {
    const seat = seatOf(world, servers[0])
    seat.applyExtraMax += amount
    world.fire("slowMachine")
    return () => {
      seat.applyExtraMax -= amount
    }
  }
}
