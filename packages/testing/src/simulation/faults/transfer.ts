/**
 * Somebody asks whoever leads to hand leadership over (thesis §3.10), or asks a
 * server that does not lead.
 */
import { drawServer, drawTimes, type Fault, over, seatOf } from "./fault.ts"

export const transfer: Fault = {
  name: "transfer",
  draw: (setting) =>
    drawTimes(setting, 20).map((at) => ({
      at,
      lasts: 0,
      fault: "transfer",
      servers: [drawServer(setting), setting.random.below(setting.servers)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    const seat = seatOf(world, servers[0])
    const target = seatOf(world, servers[1])
    if (seat.server !== undefined) world.fire("transfer")
    world.post(seat, {
      _tag: "LeadershipTransferRequested",
      at: 0,
      id: world.now,
      target: target.id
    })
    return over
  }
}
