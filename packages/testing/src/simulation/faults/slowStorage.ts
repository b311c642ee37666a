/**
 * Each sync of a server's disk takes up to `amount` milliseconds longer.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const slowStorage: Fault = {
  name: "slowStorage",
  draw: (setting) =>
    drawTimes(setting, 8).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 12),
      fault: "slowStorage",
      servers: [drawServer(setting)],
      amount: drawBetween(setting.random, 5, setting.electionTimeoutMax * 3)
    })),
  begin: (world, { amount, servers }) => {
    const seat = seatOf(world, servers[0])
    seat.syncExtraMax += amount
    world.fire("slowStorage")
    return () => {
      seat.syncExtraMax -= amount
    }
  }
}
