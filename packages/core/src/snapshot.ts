/**
 * Snapshots as the reducer knows them (§7): what they stand for, never their
 * bytes, which go from storage to storage past it.
 */
import type { Configuration } from "./configuration.ts"
import { type LogIndex, logIndex, term, type Term } from "./ids.ts"

/** Describes a snapshot: it replaces the log through `lastIncludedIndex` (§7). */
export interface SnapshotMetadata {
  readonly lastIncludedIndex: LogIndex
  readonly lastIncludedTerm: Term
  /** Log time at `lastIncludedIndex` (ms). */
  readonly time: number
  /** The configuration in force at `lastIncludedIndex`. */
  readonly configuration: Configuration
  /** Where the log held it: what a change may be compared with, on any server and after any restart. */
  readonly configurationIndex: LogIndex
  /** How many bytes of state machine belong to it. */
  readonly size: number
}

/** The first configuration of a cluster, as the snapshot record at index 0 that bootstrap writes. */
export const bootstrapSnapshot = (configuration: Configuration): SnapshotMetadata => ({
  lastIncludedIndex: logIndex(0),
  lastIncludedTerm: term(0),
  time: 0,
  configuration,
  configurationIndex: logIndex(0),
  size: 0
})

/**
 * A snapshot that a leader is sending here. Chunks of two senders are never
 * mixed: the leader's term and the snapshot's place tell transfers apart.
 */
export interface Incoming {
  readonly leaderTerm: Term
  readonly lastIncludedIndex: LogIndex
  readonly lastIncludedTerm: Term
  /** The bytes before this offset were ordered from storage. */
  readonly received: number
}

/** What a server knows of snapshots: its own and the one it is being sent. */
export interface Snapshots {
  /**
   * The newest one that storage holds, or holds once its install is durable;
   * `undefined` before bootstrap. Moved on by `SnapshotPersisted` and by the
   * last chunk of another server's.
   */
  readonly latest: SnapshotMetadata | undefined
  /** `Capturing`: the state machine must not move until its state is caught. `Saving`: its bytes are on their way to storage. */
  readonly taking: "No" | "Capturing" | "Saving"
  /** The log's `bytesAppended` when the last one was ordered or installed. */
  readonly bytesBefore: number
  readonly incoming: Incoming | undefined
}
