/**
 * Nobody hears anybody.
 */
import { drawBetween, drawTimes, type Fault } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const eachAlone: Fault = {
  name: "eachAlone",
  draw: (setting) =>
    drawTimes(setting, 4).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 4, setting.electionTimeoutMax * 4),
      fault: "eachAlone",
      servers: [],
      amount: 0
    })),
  begin: (world) => {
    world.fire("eachAlone")
    return cutLinks(world, () => true)
  }
}
