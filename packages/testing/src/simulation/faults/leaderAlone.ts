/**
 * Whoever leads, or the server that is named, is cut off from all others.
 */
import { drawBetween, drawTimes, type Fault, seatOf, theLeader } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const leaderAlone: Fault = {
  name: "leaderAlone",
  draw: (setting) =>
    drawTimes(setting, 10).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 8),
      fault: "leaderAlone",
      servers: [theLeader],
      amount: 0
    })),
  begin: (world, { servers }) => {
    world.fire("leaderAlone")
    const alone = seatOf(world, servers[0]).position
    return cutLinks(world, (from, to) => from === alone || to === alone)
  }
}
