/**
 * Names of actions: `raft.tla`'s first, then those of etcd's extension of it,
 * then our own for what neither has. docs/trace.md says what each means.
 */
import type { EntryKind, Message } from "@effect-raft/core"

export const actionNames = [
  // The paper's specification.
  "Timeout",
  "RequestVote",
  "BecomeLeader",
  "ClientRequest",
  "AppendEntries",
  "AdvanceCommitIndex",
  "UpdateTerm",
  "DropStaleResponse",
  "HandleRequestVoteRequest",
  "HandleRequestVoteResponse",
  "HandleAppendEntriesRequest",
  "HandleAppendEntriesResponse",
  "Restart",
  "DuplicateMessage",
  "DropMessage",
  // etcd's.
  "Heartbeat",
  "HandleHeartbeatResponse",
  "PersistState",
  "ApplyEntries",
  "StepDownToFollower",
  "ReportUnreachable",
  "ChangeConf",
  "SendSnapshot",
  "CompactLog",
  // Ours.
  "Init",
  "AppendNoOp",
  "HandleHeartbeatRequest",
  "RefuseRequestVote",
  "BecomePreCandidate",
  "RequestPreVote",
  "HandlePreVoteRequest",
  "HandlePreVoteResponse",
  "TransferLeadership",
  "TimeoutNow",
  "HandleTimeoutNowRequest",
  "HandleTimeoutNowResponse",
  "ReadIndex",
  "AnswerReadIndex",
  "HandleReadIndexRequest",
  "HandleReadIndexResponse",
  "ForwardProposals",
  "HandleForwardProposalsRequest",
  "HandleForwardProposalsResponse",
  "HandleInstallSnapshotRequest",
  "HandleInstallSnapshotResponse",
  "RestoreSnapshot"
] as const

export type ActionName = (typeof actionNames)[number]

type Tag = Message["_tag"]

/** What handles a message. */
export const handlers = {
  RequestVoteRequest: "HandleRequestVoteRequest",
  RequestVoteResponse: "HandleRequestVoteResponse",
  PreVoteRequest: "HandlePreVoteRequest",
  PreVoteResponse: "HandlePreVoteResponse",
  AppendEntriesRequest: "HandleAppendEntriesRequest",
  AppendEntriesAccepted: "HandleAppendEntriesResponse",
  AppendEntriesRefused: "HandleAppendEntriesResponse",
  HeartbeatRequest: "HandleHeartbeatRequest",
  HeartbeatResponse: "HandleHeartbeatResponse",
  InstallSnapshotRequest: "HandleInstallSnapshotRequest",
  InstallSnapshotResponse: "HandleInstallSnapshotResponse",
  TimeoutNowRequest: "HandleTimeoutNowRequest",
  TimeoutNowResponse: "HandleTimeoutNowResponse",
  ReadIndexRequest: "HandleReadIndexRequest",
  ReadIndexResponse: "HandleReadIndexResponse",
  ForwardProposalsRequest: "HandleForwardProposalsRequest",
  ForwardProposalsResponse: "HandleForwardProposalsResponse"
} as const satisfies { readonly [T in Tag]: ActionName }

export type HandlerName = (typeof handlers)[Tag]

/** What sends a message; `null` for the answers that are part of their handler. */
export const sends: { readonly [T in Tag]: ActionName | null } = {
  RequestVoteRequest: "RequestVote",
  PreVoteRequest: "RequestPreVote",
  AppendEntriesRequest: "AppendEntries",
  HeartbeatRequest: "Heartbeat",
  InstallSnapshotRequest: "SendSnapshot",
  TimeoutNowRequest: "TimeoutNow",
  ReadIndexRequest: "ReadIndex",
  ForwardProposalsRequest: "ForwardProposals",
  // It waits for a quorum, so its handler does not give it.
  ReadIndexResponse: "AnswerReadIndex",
  RequestVoteResponse: null,
  PreVoteResponse: null,
  AppendEntriesAccepted: null,
  AppendEntriesRefused: null,
  HeartbeatResponse: null,
  InstallSnapshotResponse: null,
  TimeoutNowResponse: null,
  ForwardProposalsResponse: null
}

/** What appends an entry to a leader's log. */
export const appends: { readonly [K in EntryKind]: ActionName } = {
  Command: "ClientRequest",
  Session: "ClientRequest",
  NoOp: "AppendNoOp",
  Configuration: "ChangeConf"
}
