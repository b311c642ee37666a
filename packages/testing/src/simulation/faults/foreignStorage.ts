/**
 * Two servers lose power and are to come back each with the disk of the other,
 * as after a repair. Where the configuration names the disk of each, neither
 * starts until they have their own again.
 */
import type { VirtualDisk } from "../VirtualDisk.ts"
import type { World } from "../World.ts"
import { drawBetween, drawTimes, type Fault, over } from "./fault.ts"
import { shuffled } from "./shuffled.ts"

export const foreignStorage: Fault = {
  name: "foreignStorage",
  draw: (setting) =>
    drawTimes(setting, 8).map((at) => ({
      at,
      lasts: drawBetween(setting.random, 10, setting.electionTimeoutMax * 8),
      fault: "foreignStorage",
      servers: shuffled(setting.random, setting.servers).slice(0, 2),
      amount: 0
    })),
  begin: (world, { servers }) => {
    const [one, other] = servers.map((position) => world.seats[position])
    if (one === undefined || other === undefined) return over
    const own = [one.disk, other.disk] as const
    // Storage that names neither is refused nowhere: it would begin as somebody new.
    const isNamed = world.isForeign(one, other.disk) && world.isForeign(other, one.disk)
    if (world.plan.pinsStorage && !isNamed) return over
    mount(world, servers, [other.disk, one.disk])
    return () => mount(world, servers, own)
  }
}

/** Servers that run on another disk, or cannot run, are started on these. */
const mount = (
  world: World,
  positions: ReadonlyArray<number>,
  disks: readonly [VirtualDisk, VirtualDisk]
): void => {
  for (const [place, position] of positions.entries()) {
    const seat = world.seats[position]!
    world.crash(seat)
    seat.mounted = disks[place]!
    world.restart(seat)
  }
}
