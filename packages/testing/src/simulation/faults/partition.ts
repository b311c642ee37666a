/**
 * The cluster falls into two parts that do not hear each other: the servers that
 * are named, a minority or a majority, and the others.
 */
import { drawBetween, drawTimes, type Fault } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const partition: Fault = {
  name: "partition",
  draw: (setting) => {
    const { electionTimeoutMax, random, servers } = setting
    return drawTimes(setting, 12).map((at) => ({
      at,
      lasts: drawBetween(random, electionTimeoutMax / 4, electionTimeoutMax * 8),
      fault: "partition",
      servers: Array.from({ length: servers }, (_, position) => position).filter(() => random.chance(500)),
      amount: 0
    }))
  },
  begin: (world, { servers }) => {
    world.fire("partition")
    return cutLinks(world, (from, to) => servers.includes(from) !== servers.includes(to))
  }
}
