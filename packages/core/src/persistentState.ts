/**
 * What stable storage gives back at a restart (Figure 2 "Persistent state",
 * with the snapshot that stands for the log's beginning).
 */
import type { Configuration } from "./configuration.ts"
import type { Entry } from "./entry.ts"
import { type LogIndex, logIndex, term, type Term } from "./ids.ts"
import type { TermRun } from "./log/termRuns.ts"
import type { HardState } from "./output.ts"

/** Describes a snapshot: it replaces the log through `lastIncludedIndex` (§7). */
export interface SnapshotMetadata {
  readonly lastIncludedIndex: LogIndex
  readonly lastIncludedTerm: Term
  /** Log time at `lastIncludedIndex` (ms). */
  readonly time: number
  /** The configuration in force at `lastIncludedIndex`. */
  readonly configuration: Configuration
}

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

/** The first configuration of a cluster, as the snapshot record at index 0 that bootstrap writes. */
export const bootstrapSnapshot = (configuration: Configuration): SnapshotMetadata => ({
  lastIncludedIndex: logIndex(0),
  lastIncludedTerm: term(0),
  time: 0,
  configuration
})
