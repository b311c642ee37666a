/**
 * What stable storage gives back at a restart (Figure 2 "Persistent state",
 * with the snapshot that stands for the log's beginning).
 */
import type { Entry } from "./entry.ts"
import { type LogIndex, logIndex, term } from "./ids.ts"
import type { TermRun } from "./log/termRuns.ts"
import type { HardState } from "./output.ts"
import type { SnapshotMetadata } from "./snapshot.ts"

/**
 * Everything a server needs to come back. The log may be longer than memory:
 * `tail` holds its newest entries only, `termRuns` the terms of all of it.
 */
export interface PersistentState {
  readonly hardState: HardState
  /** `undefined`: storage was never bootstrapped, this server waits to be added. */
  readonly snapshot: SnapshotMetadata | undefined
  /** Last index of the log; the snapshot's when the log is empty. */
  readonly lastIndex: LogIndex
  /**
   * The terms of the stored log, the first run from its first entry on. Entries
   * that the snapshot covers may still be there, for slow followers.
   */
  readonly termRuns: ReadonlyArray<TermRun>
  /** Every `Configuration` entry of the log, oldest first: also those that `tail` leaves out. */
  readonly configurations: ReadonlyArray<Entry>
  /** Entries through `lastIndex` without a gap, at least one when the log is not empty. */
  readonly tail: ReadonlyArray<Entry>
}

/** Storage that nothing was ever written to. */
export const emptyState: PersistentState = {
  hardState: { currentTerm: term(0), votedFor: undefined },
  snapshot: undefined,
  lastIndex: logIndex(0),
  termRuns: [],
  configurations: [],
  tail: []
}
