/**
 * Stable storage of one server (Figure 2 "Persistent state on all servers").
 */
import type { Entry, LogIndex, PersistentState, SnapshotMetadata, Write } from "@effect-raft/core"
import { Context, type Effect, Schema, type Stream } from "effect"

/** Storage failed; the driver adds which server and operation it was. */
export class PersisterError extends Schema.TaggedError<PersisterError>()("PersisterError", {
  cause: Schema.Defect()
}) {}

/** What storage holds, and which storage it is. */
export interface LoadedState extends PersistentState {
  /** Names this storage for ever; a configuration may pin a server to it. Empty if the storage has no name. */
  readonly storageId: string
}

/** Entries `from`..`through`, as many as fit `bytesMax`, but at least the first. */
export interface EntryRange {
  readonly from: LogIndex
  readonly through: LogIndex
  readonly bytesMax: number
}

/** `length` bytes from `offset` on, of the snapshot that ends at `lastIncludedIndex`. */
export interface SnapshotRange {
  readonly lastIncludedIndex: LogIndex
  readonly offset: number
  readonly length: number
}

/** What is known of a snapshot before its bytes are counted. */
export type SnapshotHeading = Omit<SnapshotMetadata, "size">

/**
 * **Contract**: what `submit` was given survives power loss once it succeeds,
 * each write whole or not at all, and a later write never without the earlier
 * ones. Any failure is final for this life of the server: it stops.
 */
export class Persister extends Context.Service<
  Persister,
  {
    /** Called once, before anything else. */
    readonly load: Effect.Effect<LoadedState, PersisterError>
    /** Writes the first configuration, as a snapshot record at index 0. Called only on storage that `load` found empty. */
    readonly bootstrap: (snapshot: SnapshotMetadata) => Effect.Effect<void, PersisterError>
    /** Makes these writes durable, in order. One call at a time; writes gathered meanwhile come together in the next. */
    readonly submit: (writes: ReadonlyArray<Write>) => Effect.Effect<void, PersisterError>
    /** Reads durable entries back. May run beside `submit`. */
    readonly readEntries: (range: EntryRange) => Effect.Effect<ReadonlyArray<Entry>, PersisterError>
    /**
     * Saves a snapshot of this server's own, beside `submit`, and describes it with its size. It is there as a
     * whole once this succeeds, or not at all. Where storage holds a newer one by then, that one stays.
     */
    readonly saveSnapshot: (
      heading: SnapshotHeading,
      bytes: Stream.Stream<Uint8Array>
    ) => Effect.Effect<SnapshotMetadata, PersisterError>
    /** Reads part of a snapshot; fewer bytes at its end. `undefined` once another has taken its place. May run beside `submit`. */
    readonly readSnapshot: (range: SnapshotRange) => Effect.Effect<Uint8Array | undefined, PersisterError>
    /** May forget entries through here: the stored snapshot covers them. */
    readonly compact: (through: LogIndex) => Effect.Effect<void, PersisterError>
  }
>()("effect-raft/Persister") {}
