/**
 * A server stands still, as a stopped process does, and goes on in the middle of
 * its conversations. Its disk and the network go on without it.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const pause: Fault = {
  name: "pause",
  draw: (setting) =>
    drawTimes(setting, 12).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 8, setting.electionTimeoutMax * 10),
      fault: "pause",
      servers: [drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    const seat = seatOf(world, servers[0])
    world.pause(seat)
    if (seat.isPaused) world.fire("pause")
    return () => world.resume(seat)
  }
}
