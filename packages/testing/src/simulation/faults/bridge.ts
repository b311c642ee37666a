/**
 * Two halves that hear each other only through one server, the first that is
 * named.
 */
import { drawBetween, drawTimes, type Fault } from "./fault.ts"
import { cutLinks } from "./links.ts"
import { shuffled } from "./shuffled.ts"

export const bridge: Fault = {
  name: "bridge",
  draw: (setting) =>
    drawTimes(setting, 6).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 8),
      fault: "bridge",
      servers: shuffled(setting.random, setting.servers),
      amount: 0
    })),
  begin: (world, { servers }) => {
    world.fire("bridge")
    const half = Math.ceil((servers.length + 1) / 2)
    const isLeft = (position: number) => servers.indexOf(position) < half
    return cutLinks(
      world,
      (from, to) => from !== servers[0] && to !== servers[0] && isLeft(from) !== isLeft(to)
    )
  }
}
