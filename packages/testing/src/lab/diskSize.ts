/**
 * How many bytes a server keeps on its disk, as the wire format writes them.
 */
import { encodedEntryLength, logIndex } from "@effect-raft/core"
import { Effect } from "effect"
import type { Persister } from "effect-raft"
import type { LabDisk } from "./LabStorage.ts"

export interface DiskSize {
  /** Term, vote and all entries that the disk still holds; not the snapshot. */
  readonly raftState: number
  /** The state machine's bytes in the snapshot. */
  readonly snapshot: number
}

/** A term, and how long the name of the vote is. */
const hardStateBytes = 9

const readBytesMax = 1_048_576

/** Looks at a copy, as a server that restarts would: the disk itself may be in use. */
export const diskSize = (disk: LabDisk): Effect.Effect<DiskSize, Persister.PersisterError> =>
  Effect.gen(function* () {
    const copy = yield* disk.copy
    const { load, readEntries, readSnapshot } = yield* copy.open
    const { hardState, lastIndex, snapshot, termRuns } = yield* load
    let raftState = hardStateBytes + (hardState.votedFor?.length ?? 0)
    let from = termRuns[0]?.from
    while (from !== undefined && from <= lastIndex) {
      const entries = yield* readEntries({ from, through: lastIndex, bytesMax: readBytesMax })
      for (const entry of entries) raftState += encodedEntryLength(entry)
      const last = entries.at(-1)
      from = last === undefined ? undefined : logIndex(last.index + 1)
    }
    if (snapshot === undefined) return { raftState, snapshot: 0 }
    const { lastIncludedIndex, size } = snapshot
    const bytes = yield* readSnapshot({ lastIncludedIndex, offset: 0, length: size })
    return { raftState, snapshot: bytes?.length ?? 0 }
  }).pipe(Effect.scoped)
