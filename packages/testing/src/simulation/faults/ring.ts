/**
 * Each server hears two neighbours only, in the order that is named.
 */
import { drawBetween, drawTimes, type Fault } from "./fault.ts"
import { cutLinks } from "./links.ts"
import { shuffled } from "./shuffled.ts"

export const ring: Fault = {
  name: "ring",
  draw: (setting) =>
    drawTimes(setting, 6).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 8),
      fault: "ring",
      servers: shuffled(setting.random, setting.servers),
      amount: 0
    })),
  begin: (world, { servers }) => {
    world.fire("ring")
    return cutLinks(world, (from, to) => {
      const distance = Math.abs(servers.indexOf(from) - servers.indexOf(to))
      return distance !== 1 && distance !== servers.length - 1
    })
  }
}
