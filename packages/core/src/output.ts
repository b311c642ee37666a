/**
 * Outputs: what a server orders its driver to do.
 *
 * **Contract**: an output may happen once every write up to its `after` is
 * durable (0: at once), whatever event produced either. Nothing else orders
 * outputs; their place in the list means nothing.
 */
import type { ConfigurationChangeError } from "./configurationChange.ts"
import type { Entry } from "./entry.ts"
import type { LogIndex, ServerId, Term, WriteId } from "./ids.ts"
import type { InstallSnapshotRequest, Message } from "./message.ts"
import type { Role } from "./role.ts"
import type { SnapshotMetadata } from "./snapshot.ts"

/** The pair Figure 2 keeps on stable storage beside the log. */
export interface HardState {
  readonly currentTerm: Term
  /** Whom this server voted for in `currentTerm`. */
  readonly votedFor: ServerId | undefined
}

/**
 * One atomic, durable unit: all of it survives a crash or none. Ids increase by
 * one; storage completes writes as a prefix of ids.
 */
export interface Write {
  readonly _tag: "Write"
  readonly id: WriteId
  readonly hardState: HardState | undefined
  /** Remove the entry at this index and everything after it, before `entries` are appended. */
  readonly truncateFrom: LogIndex | undefined
  readonly entries: ReadonlyArray<Entry>
  /** Bytes of a snapshot that another server sends; `undefined` for most writes. */
  readonly chunk: SnapshotChunk | undefined
}

/**
 * Bytes of a snapshot, in order: one at offset 0 begins anew and drops what an
 * unfinished snapshot left. The last one makes it the snapshot, and removes the
 * whole log, in the same atomic unit.
 */
export interface SnapshotChunk {
  readonly snapshot: SnapshotMetadata
  readonly offset: number
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

export interface SendMessage {
  readonly _tag: "SendMessage"
  readonly after: WriteId
  readonly message: Message
}

/**
 * Apply these committed, durable entries in order, then say `EntriesApplied`.
 * At most one such order is open at a time.
 */
export interface ApplyEntries {
  readonly _tag: "ApplyEntries"
  readonly after: WriteId
  readonly entries: ReadonlyArray<Entry>
}

/** Read entries `from`..`through` back from storage: as many as fit `bytesMax`, but at least one. */
export interface ReadLog {
  readonly _tag: "ReadLog"
  readonly after: WriteId
  /** Echoed by `LogRead` and `LogReadFailed`. */
  readonly id: number
  readonly from: LogIndex
  readonly through: LogIndex
  readonly bytesMax: number
}

/** A chunk's message without what storage brings to it. */
export type ChunkRequest = Omit<InstallSnapshotRequest, "chunk" | "checksum">

/**
 * Read `length` bytes of the snapshot in `request` from its offset on, complete
 * the message (`withChunk`) and send it. If they cannot be read, the message is
 * lost: `PeerUnreachable`.
 */
export interface SendSnapshot {
  readonly _tag: "SendSnapshot"
  readonly after: WriteId
  readonly request: ChunkRequest
  readonly length: number
}

/**
 * Catch the state machine's state, which is that at `lastIncludedIndex`, and say
 * `SnapshotTaken`; save it beside everything else, and say `SnapshotPersisted`.
 * At most one such order is open, and no other order for the state machine is
 * while its state is being caught.
 */
export interface TakeSnapshot {
  readonly _tag: "TakeSnapshot"
  readonly after: WriteId
  /** All of its metadata but the size, which its bytes will tell. */
  readonly snapshot: Omit<SnapshotMetadata, "size">
}

/** Replace the state machine's state by that of the stored snapshot, then say `SnapshotRestored`. No order to apply is open meanwhile. */
export interface InstallSnapshot {
  readonly _tag: "InstallSnapshot"
  readonly after: WriteId
  readonly snapshot: SnapshotMetadata
}

/** Storage may forget the log through here: a durable snapshot covers it. Nothing waits for it, and a crash may undo it. */
export interface CompactLog {
  readonly _tag: "CompactLog"
  readonly after: WriteId
  readonly through: LogIndex
}

/** What became of a proposal at the moment it was made. */
export type ProposalAnswer =
  | { readonly _tag: "Appended"; readonly id: number; readonly index: LogIndex; readonly term: Term }
  /** Appended nowhere: definite. `leaderId` is a hint. */
  | { readonly _tag: "NotLeader"; readonly id: number; readonly leaderId: ServerId | undefined }
  /** Appended nowhere: definite. Too much is uncommitted already, or leadership is being handed over. */
  | { readonly _tag: "Overloaded"; readonly id: number }
  /** It was forwarded, and no answer came, or none that says what became of it: it may have been appended. */
  | { readonly _tag: "Unknown"; readonly id: number }

export interface AnswerProposals {
  readonly _tag: "AnswerProposals"
  readonly after: WriteId
  readonly answers: ReadonlyArray<ProposalAnswer>
}

/** How a request to hand leadership over ended, or why it did not begin. */
export type TransferAnswer =
  /** `leaderId` is a hint. */
  | { readonly _tag: "NotLeader"; readonly leaderId: ServerId | undefined }
  | { readonly _tag: "AlreadyLeader" }
  /** Learners and strangers cannot lead. */
  | { readonly _tag: "NotVoter" }
  | { readonly _tag: "AlreadyInProgress"; readonly target: ServerId }
  /** The target did not take over within an election timeout: this server leads on, and takes commands again. */
  | { readonly _tag: "TimedOut" }
  /** This server leads no more; who does is known once the election of `term` is decided. */
  | { readonly _tag: "SteppedDown"; readonly term: Term }

export interface AnswerTransfer {
  readonly _tag: "AnswerTransfer"
  readonly after: WriteId
  /** Of the `LeadershipTransferRequested` that it answers. */
  readonly id: number
  readonly result: TransferAnswer
}

/** What became of a read. Whatever it is, to ask again is harmless. */
export type ReadAnswer =
  /** The state machine holds everything through `readIndex`, and everything acknowledged before the read was asked for. */
  | { readonly _tag: "Ready"; readonly id: number; readonly readIndex: LogIndex }
  /** `leaderId` is a hint. */
  | { readonly _tag: "NotLeader"; readonly id: number; readonly leaderId: ServerId | undefined }
  /** No quorum confirmed it, or the state machine did not get there, in time. */
  | { readonly _tag: "TimedOut"; readonly id: number }
  /** A lease was to be used, and this server's options say nothing of its clocks. */
  | { readonly _tag: "NoClockDriftBound"; readonly id: number }
  /** This server can only show that its state is no older than `staleness` (ms); `Infinity`: it can show nothing. */
  | { readonly _tag: "TooStale"; readonly id: number; readonly staleness: number }

export interface AnswerReads {
  readonly _tag: "AnswerReads"
  readonly after: WriteId
  readonly answers: ReadonlyArray<ReadAnswer>
}

/** What became of a request to change the configuration at the moment it was made. Only `Appended` changed anything. */
export type ConfigurationChangeAnswer =
  /** In force here, and committed once `index` is, with this term. */
  | { readonly _tag: "Appended"; readonly index: LogIndex; readonly term: Term }
  /** `leaderId` is a hint. */
  | { readonly _tag: "NotLeader"; readonly leaderId: ServerId | undefined }
  /** Another configuration is in force: the one at `index`. */
  | { readonly _tag: "IndexMismatch"; readonly index: LogIndex }
  /** This leader has not committed anything yet; it is about to. */
  | { readonly _tag: "NoOwnEntryCommitted" }
  /** The configuration at `index` is not committed yet, or joint and about to be left. */
  | { readonly _tag: "ChangeInProgress"; readonly index: LogIndex }
  | { readonly _tag: "TransferInProgress"; readonly target: ServerId }
  /** It would vote, and lacks too much of the log or has been silent: a learner first, then a voter. */
  | { readonly _tag: "NotCaughtUp"; readonly id: ServerId }
  | { readonly _tag: "Refused"; readonly error: ConfigurationChangeError }

export interface AnswerConfigurationChange {
  readonly _tag: "AnswerConfigurationChange"
  readonly after: WriteId
  /** Of the `ConfigurationChangeRequested` that it answers. */
  readonly id: number
  readonly result: ConfigurationChangeAnswer
}

/** Role, term or known leader changed: for people and telemetry, never for decisions. */
export interface RoleChanged {
  readonly _tag: "RoleChanged"
  readonly after: WriteId
  readonly role: Role["_tag"]
  readonly term: Term
  readonly leaderId: ServerId | undefined
}

export type Output =
  | Write
  | SendMessage
  | ApplyEntries
  | ReadLog
  | AnswerProposals
  | SendSnapshot
  | TakeSnapshot
  | InstallSnapshot
  | CompactLog
  | AnswerReads
  | AnswerTransfer
  | AnswerConfigurationChange
  | RoleChanged
