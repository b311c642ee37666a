/**
 * One link is cut in one direction.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const oneWay: Fault = {
  name: "oneWay",
  draw: (setting) =>
    drawTimes(setting, 15).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 2, setting.electionTimeoutMax * 8),
      fault: "oneWay",
      servers: [drawServer(setting), drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    world.fire("oneWay")
    const from = seatOf(world, servers[0]).position
    const to = seatOf(world, servers[1]).position
    return cutLinks(world, (start, end) => start === from && end === to)
  }
}
