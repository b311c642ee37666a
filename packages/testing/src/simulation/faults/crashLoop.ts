/**
 * A server crashes again and again, each life about `amount` milliseconds long:
 * its requests' numbers begin anew while answers to the last life's are on their way.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

/** How long it is down between two lives (ms). */
const downMillis = 2

export const crashLoop: Fault = {
  name: "crashLoop",
  draw: (setting) =>
    drawTimes(setting, 5).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 8),
      fault: "crashLoop",
      servers: [drawServer(setting)],
      amount: drawBetween(setting.random, 5, setting.electionTimeoutMax)
    })),
  begin: (world, { amount, servers }) => {
    const seat = seatOf(world, servers[0])
    let isOver = false
    const die = (): void => {
      if (isOver) return
      if (seat.server !== undefined) world.fire("crashLoop")
      world.crash(seat)
      world.after(downMillis, () => world.restart(seat))
      world.after(downMillis + 1 + world.faultRandom.below(2 * amount), die)
    }
    die()
    return () => {
      isOver = true
      world.restart(seat)
    }
  }
}
