/**
 * No write of a server completes any more, until the occurrence ends or the
 * server crashes, for which they may never have happened.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const stuckStorage: Fault = {
  name: "stuckStorage",
  draw: (setting) =>
    drawTimes(setting, 6).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 10),
      fault: "stuckStorage",
      servers: [drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    const seat = seatOf(world, servers[0])
    world.fire("stuckStorage")
    seat.isStuck = true
    return () => world.unstick(seat)
  }
}
