/**
 * A server sends and hears nothing.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const deaf: Fault = {
  name: "deaf",
  draw: (setting) =>
    drawTimes(setting, 5).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 8),
      fault: "deaf",
      servers: [drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    world.fire("deaf")
    const { position } = seatOf(world, servers[0])
    return cutLinks(world, (_, to) => to === position)
  }
}
