/**
 * The messages servers exchange (Figure 2 "RPC" boxes).
 *
 * Every request gets exactly one response, possibly a refusal, which echoes
 * the request's `sequence`. Heartbeats are a pair of their own: they prove
 * contact, never match, so a follower's slow disk cannot hold them back.
 */
import type { CommandKind, Entry } from "./entry.ts"
import type { GroupId, Incarnation, LogIndex, Sequence, ServerId, Term } from "./ids.ts"
import type { SnapshotMetadata } from "./snapshot.ts"

/** What every message carries. */
export interface Header {
  readonly group: GroupId
  readonly from: ServerId
  /** The life of `from` that sent this. */
  readonly incarnation: Incarnation
  readonly to: ServerId
  /** `currentTerm` of the sender when it made this message; in a `PreVoteRequest`, the term it would campaign in. */
  readonly term: Term
  /** Numbers a request; a response repeats its request's. */
  readonly sequence: Sequence
}

/** §5.2, §5.4.1: asks for a vote in `term`. */
export interface RequestVoteRequest extends Header {
  readonly _tag: "RequestVoteRequest"
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
  /** The leader asked for this election: voters that still hear from it answer all the same (thesis §3.10). */
  readonly leadershipTransfer: boolean
}

export interface RequestVoteResponse extends Header {
  readonly _tag: "RequestVoteResponse"
  readonly voteGranted: boolean
}

/** Thesis §9.6: would you vote for me? The header's term is the one it *would* campaign in; nobody adopts it. */
export interface PreVoteRequest extends Header {
  readonly _tag: "PreVoteRequest"
  readonly lastLogIndex: LogIndex
  readonly lastLogTerm: Term
}

/** Promises nothing. The header's term is the answerer's own. */
export interface PreVoteResponse extends Header {
  readonly _tag: "PreVoteResponse"
  readonly voteGranted: boolean
}

/** Thesis §3.10: the leader wants the receiver in its place, at once. */
export interface TimeoutNowRequest extends Header {
  readonly _tag: "TimeoutNowRequest"
}

/** It arrived, no more: whether the receiver campaigns shows in its requests. */
export interface TimeoutNowResponse extends Header {
  readonly _tag: "TimeoutNowResponse"
}

/** Thesis §6.4: through which index must my state machine be, for a read asked for now? */
export interface ReadIndexRequest extends Header {
  readonly _tag: "ReadIndexRequest"
  /** A leader that holds a lease may answer by it, without asking a quorum (§6.4.1). */
  readonly allowsLease: boolean
}

/** Given once a quorum has confirmed the leader; `readIndex` 0 if the sender cannot tell. */
export interface ReadIndexResponse extends Header {
  readonly _tag: "ReadIndexResponse"
  /** The life of the receiver that asked: numbers begin anew with each. */
  readonly asker: Incarnation
  readonly readIndex: LogIndex
}

/** What a server was asked to have replicated, and does not lead. */
export interface ForwardedProposal {
  readonly kind: CommandKind
  readonly command: Uint8Array
}

/** §8: commands for the log of the leader of `leaderTerm`: of that term, or of none. Repeated as it is, until it is answered. */
export interface ForwardProposalsRequest extends Header {
  readonly _tag: "ForwardProposalsRequest"
  /** At most the header's. */
  readonly leaderTerm: Term
  /** The sender waits for no answer to its earlier requests of this kind to this leader in this term. */
  readonly firstOpen: Sequence
  readonly proposals: ReadonlyArray<ForwardedProposal>
}

/** The same to every copy of the request. */
export interface ForwardProposalsResponse extends Header {
  readonly _tag: "ForwardProposalsResponse"
  /** The life of the receiver that asked: numbers begin anew with each. */
  readonly asker: Incarnation
  /** `Taken`: the first `count` are in the sender's log, the others nowhere. `NotLeader`: all are nowhere. */
  readonly outcome: "Taken" | "NotLeader" | "Unknown"
  /** Where the first stands, with `leaderTerm`; 0 if none does. */
  readonly firstIndex: LogIndex
  readonly count: number
}

/** §5.3: entries right after `(prevLogIndex, prevLogTerm)`; without entries it probes whether the logs match there. */
export interface AppendEntriesRequest extends Header {
  readonly _tag: "AppendEntriesRequest"
  readonly prevLogIndex: LogIndex
  readonly prevLogTerm: Term
  readonly entries: ReadonlyArray<Entry>
  readonly leaderCommit: LogIndex
}

/** The sender's log agrees with the leader's, durably, through `matchIndex`. */
export interface AppendEntriesAccepted extends Header {
  readonly _tag: "AppendEntriesAccepted"
  readonly matchIndex: LogIndex
}

/**
 * The log did not match at `prevLogIndex` (or the request's term was old, which
 * the header's term tells).
 *
 * Where the sender's log is too short or disagrees, `conflictIndex` is the
 * first index of the term `conflictTerm` that stands at `prevLogIndex` or, when
 * the log is shorter, at its end (end of §5.3). `lastLogIndex` is the sender's.
 */
export interface AppendEntriesRefused extends Header {
  readonly _tag: "AppendEntriesRefused"
  /** The request's, so that a late refusal can be told from a fresh one. */
  readonly prevLogIndex: LogIndex
  readonly conflictTerm: Term
  readonly conflictIndex: LogIndex
  readonly lastLogIndex: LogIndex
}

/** "I lead `term`", and what this follower may commit: `min(commitIndex, matchIndex[peer])`. */
export interface HeartbeatRequest extends Header {
  readonly _tag: "HeartbeatRequest"
  readonly leaderCommit: LogIndex
  /** With the heartbeats of a regular round only, which are the ones that leases and freshness are measured by. */
  readonly round?: RoundNews
}

/** What lets a follower date what it is told, on its own clock (`freshness.ts`). */
export interface RoundNews {
  /** The last regular heartbeat that the receiver is known to have answered; 0 before its first answer. */
  readonly answered: Sequence
  /** Which life of the receiver answered it: another knows nothing of when it came; 0 before its first answer. */
  readonly answeredBy: Incarnation
  /** A quorum has answered requests with this number or later ones: their sender led when it sent this one. */
  readonly confirmed: Sequence
  /** All that is committed, whether the receiver stores it or not; 0 if its sender cannot tell yet. */
  readonly commitIndex: LogIndex
}

export interface HeartbeatResponse extends Header {
  readonly _tag: "HeartbeatResponse"
  /**
   * The sender follows the leader that asked. False: the request was of an older
   * term; then its number may be that of an earlier life, and proves nothing.
   */
  readonly accepted: boolean
  /**
   * To the heartbeats of a regular round: for how long (ms, on its own clock) after the arrival of the request the
   * sender neither campaigns nor votes, but for a transfer (thesis §6.4.1). 0: it promises nothing.
   */
  readonly promise?: number
}

/**
 * §7, Figure 13: bytes of a snapshot from `offset` on. Without any, of a
 * snapshot that has some, it asks from where the receiver wants them.
 *
 * The paper's `done` is `offset + chunk.length === snapshot.size`.
 */
export interface InstallSnapshotRequest extends Header {
  readonly _tag: "InstallSnapshotRequest"
  readonly snapshot: SnapshotMetadata
  readonly offset: number
  readonly chunk: Uint8Array
  /** CRC-32 of the chunk: a damaged one is asked for again. */
  readonly checksum: number
}

/** What became of the chunk, and of the snapshot. A chunk that was refused ends after `nextOffset`. */
export interface InstallSnapshotResponse extends Header {
  readonly _tag: "InstallSnapshotResponse"
  /** The request's: which transfer this is about. */
  readonly lastIncludedIndex: LogIndex
  /** The bytes before it are stored; the sender goes on from here. */
  readonly nextOffset: number
  /** The sender's log agrees with the leader's, durably, through `lastIncludedIndex`: no more chunks are wanted. */
  readonly installed: boolean
}

export type Request =
  | PreVoteRequest
  | RequestVoteRequest
  | AppendEntriesRequest
  | HeartbeatRequest
  | TimeoutNowRequest
  | ReadIndexRequest
  | ForwardProposalsRequest
  | InstallSnapshotRequest

export type Response =
  | PreVoteResponse
  | RequestVoteResponse
  | AppendEntriesAccepted
  | AppendEntriesRefused
  | HeartbeatResponse
  | InstallSnapshotResponse
  | TimeoutNowResponse
  | ReadIndexResponse
  | ForwardProposalsResponse

export type Message = Request | Response

/** Whether a message expects exactly one response. */
export const isRequest = (message: Message): message is Request => {
  switch (message._tag) {
    case "PreVoteRequest":
    case "RequestVoteRequest":
    case "AppendEntriesRequest":
    case "HeartbeatRequest":
    case "InstallSnapshotRequest":
    case "TimeoutNowRequest":
    case "ReadIndexRequest":
    case "ForwardProposalsRequest":
      return true
    case "PreVoteResponse":
    case "RequestVoteResponse":
    case "AppendEntriesAccepted":
    case "AppendEntriesRefused":
    case "HeartbeatResponse":
    case "InstallSnapshotResponse":
    case "TimeoutNowResponse":
    case "ReadIndexResponse":
    case "ForwardProposalsResponse":
      return false
  }
}
