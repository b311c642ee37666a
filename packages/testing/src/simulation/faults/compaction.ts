/**
 * A server replaces the beginning of its log by a snapshot (§7).
 *
 * While a leader cannot send snapshots, only what every disk holds may go: the
 * state is captured at once, and the log is cut when all have come that far.
 */
import type { World } from "../World.ts"
import type { Seat } from "../Seat.ts"
import { drawServer, drawTimes, type Fault, over, seatOf } from "./fault.ts"

/** How often it is asked whether all have come that far, and how many times (ms). */
const askEvery = 100
const asksMax = 200

export const compaction: Fault = {
  name: "compaction",
  draw: (setting) =>
    drawTimes(setting, 30).map((at) => ({
      at,
      lasts: 0,
      fault: "compaction",
      servers: [drawServer(setting)],
      amount: 0
    })),
  begin: (world, { servers }) => {
    const seat = seatOf(world, servers[0])
    if (seat.server !== undefined) captureNow(world, seat)
    return over
  }
}

const captureNow = (world: World, seat: Seat): void => {
  const { life } = seat
  const machine = seat.machine.capture()
  const index = machine.lastApplied
  const entry = seat.disk.entryAt(seat.disk.durable, index)
  if (entry === undefined) return
  const metadata = {
    lastIncludedIndex: entry.index,
    lastIncludedTerm: entry.term,
    time: entry.time,
    configuration: seat.disk.configurationAt(index)
  }
  let asks = 0
  const compactOnceHeld = (): void => {
    if (seat.life !== life || seat.server === undefined || index <= seat.disk.lastIncludedIndex) return
    const isHeld = world.seats.every(
      ({ disk }) => disk.lastIncludedIndex >= index || disk.termAt(disk.durable, index) === entry.term
    )
    if (isHeld && seat.server.apply.lastApplied >= index) {
      world.fire("compaction")
      seat.disk.compact({ metadata, machine })
      world.post(seat, { _tag: "SnapshotTaken", at: 0, index: entry.index })
    } else if (++asks < asksMax) world.after(askEvery, compactOnceHeld)
  }
  compactOnceHeld()
}
