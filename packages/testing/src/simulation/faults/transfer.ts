/**
 * Somebody asks whoever leads to hand leadership over (thesis §3.10), or asks a
 * server that does not lead. With an `amount`, the target stands still for so
 * long (ms) just when it is told: it campaigns when everybody else has gone on.
 */
import type { Seat } from "../Seat.ts"
import type { World } from "../World.ts"
import { drawBetween, drawServer, drawTimes, type Fault, over, seatOf } from "./fault.ts"

/** Of a thousand. */
const pausedPerMille = 300

export const transfer: Fault = {
  name: "transfer",
  draw: (setting) =>
    drawTimes(setting, 20).map((at) => ({
      at,
      lasts: 0,
      fault: "transfer",
      servers: [drawServer(setting), setting.random.below(setting.servers)],
      amount: setting.random.chance(pausedPerMille)
        ? drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 4)
        : 0
    })),
  begin: (world, { amount, servers }) => {
    const seat = seatOf(world, servers[0])
    const target = seatOf(world, servers[1])
    if (seat.server !== undefined) world.fire("transfer")
    world.post(seat, {
      _tag: "LeadershipTransferRequested",
      at: 0,
      id: world.now,
      target: target.id
    })
    if (amount > 0) pauseOnceTold(world, seat, { target, millis: amount })
    return over
  }
}

/** The order leaves in the turn that remembers it, and takes at least a millisecond. */
const pauseOnceTold = (
  world: World,
  leader: Seat,
  pause: { readonly target: Seat; readonly millis: number }
): void => {
  const { millis, target } = pause
  const look = (): void => {
    const role = leader.server?.role
    if (role?._tag !== "Leader" || role.transfer?.target !== target.id) return
    if (!role.transfer.isTold) return world.after(1, look)
    world.pause(target)
    world.after(millis, () => world.resume(target))
  }
  world.after(1, look)
}
