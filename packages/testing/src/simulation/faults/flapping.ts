/**
 * A server loses and regains its links, again and again: cut for `amount`
 * milliseconds, whole for as long.
 */
import type { World } from "../World.ts"
import { drawBetween, drawServer, drawTimes, type Fault, over, seatOf } from "./fault.ts"
import { cutLinks } from "./links.ts"

export const flapping: Fault = {
  name: "flapping",
  draw: (setting) =>
    drawTimes(setting, 4).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 12),
      fault: "flapping",
      servers: [drawServer(setting)],
      amount: drawBetween(setting.random, setting.electionTimeoutMax / 8, setting.electionTimeoutMax * 2)
    })),
  begin: (world, { amount, servers }) => {
    const { position } = seatOf(world, servers[0])
    return flap(world, position, Math.max(1, amount))
  }
}

const flap = (world: World, position: number, period: number): (() => void) => {
  let isOver = false
  let mend = over
  const cut = (): void => {
    if (isOver) return
    world.fire("flapping")
    mend = cutLinks(world, (from, to) => from === position || to === position)
    world.after(period, () => {
      mend()
      mend = over
      world.after(period, cut)
    })
  }
  cut()
  return () => {
    isOver = true
    mend()
    mend = over
  }
}
