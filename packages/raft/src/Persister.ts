/**
 * Stable storage of one server (Figure 2 "Persistent state on all servers").
 */
import type { Entry, LogIndex, PersistentState, SnapshotMetadata, Write } from "@effect-raft/core"
import { Context, type Effect, Schema } from "effect"

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
  }
>()("effect-raft/Persister") {}
