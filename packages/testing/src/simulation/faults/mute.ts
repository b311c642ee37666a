/**
 * A server hears and what it sends is lost.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const mute: Fault = {
  name: "mute",
  draw: (setting) =>
    drawTimes(setting, 5).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 8),
      fault: "mute",
      servers: [drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    world.fire("mute")
    const { position } = seatOf(world, servers[0])
    return cutLinks(world, (from) => from === position)
  }
}
