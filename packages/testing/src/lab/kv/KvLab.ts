/**
 * The laboratory with a key/value map on its servers: clerks, what they saw,
 * and how much the servers keep.
 */
import { Effect } from "effect"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import type { LinkEnd } from "../parcel.ts"
import { Clerk } from "./Clerk.ts"
import { historyProblem, type KvRecord } from "./kvHistory.ts"

/** A clerk, and the switches of its links. */
export interface ConnectedClerk {
  readonly clerk: Clerk
  /** From now on it reaches these servers and no others. */
  readonly connect: (servers: ReadonlyArray<number>) => void
}

/** A log may grow to so many times the size at which a snapshot is due. */
const raftStateFactor = 8

export class KvLab {
  readonly lab: LabCluster
  private readonly history: Array<KvRecord> = []
  private clerks = 0

  constructor(lab: LabCluster) {
    this.lab = lab
  }

  /** A new clerk that reaches these servers; all, unless told. */
  connectClerk(servers: ReadonlyArray<number> = this.lab.servers): ConnectedClerk {
    const { lab } = this
    const id = this.clerks++
    const ends = lab.servers.map((server) => lab.makeEnd(`clerk ${id}`, server))
    const connect = (reached: ReadonlyArray<number>): void => {
      for (const server of lab.servers) ends[server]!.enabled = reached.includes(server)
    }
    connect(servers)
    const clerk = new Clerk({ lab, id, ends: this.shuffled(ends), history: this.history })
    return { clerk, connect }
  }

  makeClerk(servers?: ReadonlyArray<number>): Clerk {
    return this.connectClerk(servers).clerk
  }

  /** Joins all servers again. */
  connectAll(): void {
    for (const server of this.lab.servers) this.lab.connect(server)
  }

  /** No log outgrows what its snapshots allow; where there are none, none was taken. */
  checkSizes(raftStateMax: number | undefined, snapshotMax = Infinity): Effect.Effect<void, LabFailure> {
    return Effect.gen({ self: this }, function* () {
      const sizes = yield* this.lab.diskSizes
      const raftState = Math.max(...sizes.map((size) => size.raftState))
      const snapshot = Math.max(...sizes.map((size) => size.snapshot))
      if (raftStateMax === undefined) {
        if (snapshot > 0)
          return yield* labFailure(`a snapshot of ${snapshot} bytes, but none should be taken`)
        return
      }
      const allowed = raftStateFactor * raftStateMax
      if (raftState > allowed) {
        return yield* labFailure(`logs were not trimmed: ${raftState} bytes, allowed ${allowed}`)
      }
      if (snapshot > snapshotMax) {
        return yield* labFailure(`snapshot too large: ${snapshot} bytes, allowed ${snapshotMax}`)
      }
    })
  }

  /** Some order of all operations explains what every clerk saw. */
  readonly checkHistory: Effect.Effect<void, LabFailure> = Effect.suspend(
    () => historyProblem(this.history) ?? Effect.void
  )

  private shuffled(ends: ReadonlyArray<LinkEnd>): ReadonlyArray<LinkEnd> {
    const rest = [...ends]
    return ends.map(() => rest.splice(this.lab.random.below(rest.length), 1)[0]!)
  }
}
