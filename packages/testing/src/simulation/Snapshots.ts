/**
 * The driver's part in snapshots (§7), for all seats: the state machine's state
 * is caught and saved, a stored snapshot restored or read for a peer, the log
 * before it forgotten. Each takes its time, and a crash may come between.
 */
import {
  type CompactLog,
  type InstallSnapshot,
  type InstallSnapshotRequest,
  type Message,
  type SendSnapshot,
  type Server,
  type TakeSnapshot,
  withChunk
} from "@effect-raft/core"
import { decodeMachine, encodeMachine, KvMachine } from "./KvMachine.ts"
import type { Span } from "./plan.ts"
import type { Seat } from "./Seat.ts"
import type { Surroundings } from "./surroundings.ts"
import { check } from "./violation.ts"
import type { StoredSnapshot } from "./VirtualDisk.ts"

/** How often stuck storage is asked again (ms). */
const stuckRetryMillis = 5

export class Snapshots {
  /** Saved by their own server; put in place by another's; chunks sent; transfers that went on in the middle. */
  readonly counts = { taken: 0, installed: 0, chunks: 0, resumed: 0 }
  private readonly around: Surroundings
  private readonly send: (seat: Seat, message: Message) => void
  private readonly draw: (span: Span) => number

  constructor(
    around: Surroundings,
    parts: {
      readonly send: (seat: Seat, message: Message) => void
      readonly draw: (span: Span) => number
    }
  ) {
    this.around = around
    this.send = parts.send
    this.draw = parts.draw
  }

  /** The state is caught between two orders to apply; its bytes are saved while the state machine goes on. */
  capture(seat: Seat, { snapshot: heading }: TakeSnapshot): void {
    const { lastApplied } = seat.machine
    check(
      lastApplied === heading.lastIncludedIndex,
      "SnapshotSound",
      () => `${seat.id} is to be caught at ${heading.lastIncludedIndex}, and has applied ${lastApplied}`
    )
    const bytes = encodeMachine(seat.machine.capture())
    seat.saving = { metadata: { ...heading, size: bytes.length }, bytes }
    this.around.post(seat, { _tag: "SnapshotTaken", at: 0, index: heading.lastIncludedIndex })
    this.afterwards(seat, this.draw(this.around.plan.save), () => this.saved(seat))
  }

  /** The state machine's state gives way to that of the stored snapshot. */
  restore(seat: Seat, { snapshot }: InstallSnapshot): void {
    const { lastIncludedIndex } = snapshot
    const stored = seat.disk.snapshot
    check(
      stored.metadata.lastIncludedIndex === lastIncludedIndex,
      "SnapshotSound",
      () =>
        `${seat.id} restores snapshot ${lastIncludedIndex}, stored is ${stored.metadata.lastIncludedIndex}`
    )
    seat.machine = new KvMachine(decodeMachine(stored.bytes))
    this.around.workload.covered(seat, lastIncludedIndex)
    for (const restored of this.around.audience.snapshotRestored) restored(seat)
    this.around.post(seat, { _tag: "SnapshotRestored", at: 0, index: lastIncludedIndex })
  }

  /** The bytes are read and sent; what cannot be read is lost. They may be as old as the order, or as new as its answer. */
  sendChunk(seat: Seat, { length, request }: SendSnapshot): void {
    const { plan, random } = this.around
    const { offset, sequence, snapshot, to } = request
    const read = () => seat.disk.readSnapshot(snapshot.lastIncludedIndex, { offset, length })
    const early = random.chance(500) ? read() : undefined
    this.afterwards(seat, this.draw(plan.read), () => {
      const fails = seat.readFailuresPerMille > 0 && random.chance(seat.readFailuresPerMille)
      const bytes = fails ? undefined : (early ?? read())
      if (bytes?.length !== length) {
        return this.around.post(seat, { _tag: "PeerUnreachable", at: 0, peer: to, sequence })
      }
      if (length > 0) this.counts.chunks++
      this.send(seat, withChunk(request, bytes))
    })
  }

  /** Storage forgets in its own time; a crash before that, and it never does. */
  compact(seat: Seat, { through }: CompactLog): void {
    this.afterwards(seat, this.draw(this.around.plan.save), () => seat.disk.compact(through))
  }

  /** A peer that is asked where it stands, and holds something already, takes up where it left off. */
  asked({ chunk, snapshot }: InstallSnapshotRequest, { snapshots }: Server): void {
    const { incoming } = snapshots
    const isQuestion = chunk.length === 0 && snapshot.size > 0
    if (isQuestion && incoming?.lastIncludedIndex === snapshot.lastIncludedIndex) this.counts.resumed++
  }

  /** Another server's snapshot has become durable. */
  installed(seat: Seat): void {
    this.counts.installed++
    this.tellStored(seat, seat.disk.snapshot)
  }

  private saved(seat: Seat): void {
    if (seat.isStuck) return this.afterwards(seat, stuckRetryMillis, () => this.saved(seat))
    const { saving } = seat
    if (saving === undefined) return
    seat.saving = undefined
    if (seat.failsNextSync) return this.around.post(seat, { _tag: "StorageFailed", at: 0 })
    seat.disk.save(saving)
    this.counts.taken++
    this.tellStored(seat, saving)
    this.around.post(seat, { _tag: "SnapshotPersisted", at: 0, snapshot: saving.metadata })
  }

  private tellStored(seat: Seat, snapshot: StoredSnapshot): void {
    for (const stored of this.around.audience.snapshotStored) stored(seat, snapshot)
  }

  /** Later, in the same life. */
  private afterwards(seat: Seat, millis: number, action: () => void): void {
    const { life } = seat
    this.around.after(1 + millis, () => {
      if (seat.life === life) action()
    })
  }
}
