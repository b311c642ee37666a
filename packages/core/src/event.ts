/**
 * Events: what a server is told, as facts in the past tense.
 *
 * `at` is the driver's monotonic clock in milliseconds, any origin, read once
 * per turn. A smaller `at` than the last counts as equal to it.
 */
import type { ConfigurationChange, MemberChange } from "./configurationChange.ts"
import type { CommandKind, Entry } from "./entry.ts"
import type { LogIndex, Sequence, ServerId, WriteId } from "./ids.ts"
import type { Message } from "./message.ts"
import type { SnapshotMetadata } from "./snapshot.ts"

/** Time is `at`. The last event of every turn: everything that time or gathered work makes due happens here. */
export interface TimeAdvanced {
  readonly _tag: "TimeAdvanced"
  readonly at: number
}

export interface MessageReceived {
  readonly _tag: "MessageReceived"
  readonly at: number
  readonly message: Message
}

/** A command somebody wants replicated. `id` is the driver's, unique in this life of the server. */
export interface Proposal {
  readonly id: number
  /** The kind of entry it becomes; `Command` unless told. */
  readonly kind?: CommandKind
  /** The application's command or, for a `Session` entry, an encoded session command. */
  readonly command: Uint8Array
}

export interface CommandsProposed {
  readonly _tag: "CommandsProposed"
  readonly at: number
  readonly proposals: ReadonlyArray<Proposal>
  /** A server that follows may send them to its leader, and answers them later. Without it they are answered in this step. */
  readonly mayBeForwarded?: boolean
}

/** Every write up to `through` would survive power loss. */
export interface WritesPersisted {
  readonly _tag: "WritesPersisted"
  readonly at: number
  readonly through: WriteId
}

/** Answers `ReadLog { id }`: at least its first entry, contiguous, no more than asked for. */
export interface LogRead {
  readonly _tag: "LogRead"
  readonly at: number
  readonly id: number
  readonly entries: ReadonlyArray<Entry>
}

/** The read failed. Not the end of the log: it is asked for again. */
export interface LogReadFailed {
  readonly _tag: "LogReadFailed"
  readonly at: number
  readonly id: number
}

/** The state machine holds everything through `through`. */
export interface EntriesApplied {
  readonly _tag: "EntriesApplied"
  readonly at: number
  readonly through: LogIndex
}

/** Answers `TakeSnapshot`: the state machine's state at `index` is caught, and may move on while its bytes are saved. */
export interface SnapshotTaken {
  readonly _tag: "SnapshotTaken"
  readonly at: number
  readonly index: LogIndex
}

/** This snapshot of the own state machine is durable, be it one that was ordered or one the application took. */
export interface SnapshotPersisted {
  readonly _tag: "SnapshotPersisted"
  readonly at: number
  readonly snapshot: SnapshotMetadata
}

/** Answers `InstallSnapshot`: the state machine holds what the snapshot at `index` does, and nothing else. */
export interface SnapshotRestored {
  readonly _tag: "SnapshotRestored"
  readonly at: number
  readonly index: LogIndex
}

/** Somebody wants `target` to lead (thesis §3.10). `id` is the driver's; `AnswerTransfer` repeats it. */
export interface LeadershipTransferRequested {
  readonly _tag: "LeadershipTransferRequested"
  readonly at: number
  readonly id: number
  readonly target: ServerId
}

/** What a read has to see, when that is not everything acknowledged before it, as a quorum confirms. */
export type ReadConsistency =
  /** Everything acknowledged before, on the word of clocks: a leader that holds a lease asks nobody (thesis §6.4.1). */
  | { readonly _tag: "Lease" }
  /** Everything that was acknowledged `atMost` milliseconds ago. Asks nobody, and any server may answer. */
  | { readonly _tag: "Stale"; readonly atMost: number }

/** Somebody wants to read what is committed now. Ids are the driver's; `AnswerReads` repeats each once. */
export interface ReadRequested {
  readonly _tag: "ReadRequested"
  readonly at: number
  readonly ids: ReadonlyArray<number>
  /** Linearizable and confirmed by a quorum, unless told otherwise. */
  readonly consistency?: ReadConsistency
}

/** A change as somebody asks for it: `Simplest` takes a joint configuration only where one step would be unsafe. */
export type RequestedChange =
  | ConfigurationChange
  | { readonly _tag: "Simplest"; readonly changes: ReadonlyArray<MemberChange> }

/** Somebody wants other members (§6). `id` is the driver's; `AnswerConfigurationChange` repeats it. */
export interface ConfigurationChangeRequested {
  readonly _tag: "ConfigurationChangeRequested"
  readonly at: number
  readonly id: number
  readonly change: RequestedChange
  /** Only if the configuration in force is the one at this index; `undefined`: whichever it is. */
  readonly expectedIndex: LogIndex | undefined
}

/** The transport could not deliver the request `sequence`, or its response; without one: anything in flight to `peer`. */
export interface PeerUnreachable {
  readonly _tag: "PeerUnreachable"
  readonly at: number
  readonly peer: ServerId
  readonly sequence: Sequence | undefined
}

/** Storage failed. Final: what is durable is no longer known, so this server promises nothing more. */
export interface StorageFailed {
  readonly _tag: "StorageFailed"
  readonly at: number
}

export type Event =
  | TimeAdvanced
  | MessageReceived
  | CommandsProposed
  | LeadershipTransferRequested
  | ReadRequested
  | ConfigurationChangeRequested
  | WritesPersisted
  | LogRead
  | LogReadFailed
  | EntriesApplied
  | SnapshotTaken
  | SnapshotPersisted
  | SnapshotRestored
  | PeerUnreachable
  | StorageFailed
