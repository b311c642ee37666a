/**
 * The next sync of a server fails, which is final: it stops, and comes back only
 * when the occurrence ends.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const failedStorage: Fault = {
  name: "failedStorage",
  draw: (setting) =>
    drawTimes(setting, 6).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 8),
      fault: "failedStorage",
      servers: [drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    const seat = seatOf(world, servers[0])
    seat.failsNextSync = seat.server !== undefined
    return () => {
      seat.failsNextSync = false
      world.restart(seat)
    }
  }
}
