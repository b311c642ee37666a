/**
 * `@effect-raft/core`: Raft as data and pure functions.
 */
export * as Configuration from "./configuration.ts"
export * as Log from "./log/log.ts"
export * as Quorum from "./quorum.ts"
export { type Target, targetOf } from "./codec/bytes.ts"
export { decodeConfiguration, encodeConfiguration } from "./codec/configurationCodec.ts"
export type { Decoded, DecodeError, DecodeErrorReason, Ok } from "./codec/decodeError.ts"
export { decodeMessage, readMessage } from "./codec/decodeMessage.ts"
export { encodedMessageLength, encodeMessage, writeMessage } from "./codec/encodeMessage.ts"
export { decodeEntry, encodedEntryLength, encodeEntry, writeEntries } from "./codec/entryCodec.ts"
export { describe as describeSnapshot } from "./compaction.ts"
export type { Member, MemberRole } from "./configuration.ts"
export { crc32 } from "./crc32.ts"
export { nextDeadline } from "./deadline.ts"
export { type Entry, entryBytes, type EntryKind } from "./entry.ts"
export type {
  CommandsProposed,
  EntriesApplied,
  Event,
  LogRead,
  LogReadFailed,
  MessageReceived,
  PeerUnreachable,
  Proposal,
  SnapshotPersisted,
  SnapshotRestored,
  SnapshotTaken,
  StorageFailed,
  TimeAdvanced,
  WritesPersisted
} from "./event.ts"
export { fingerprint } from "./fingerprint.ts"
export {
  groupId,
  type GroupId,
  incarnation,
  type Incarnation,
  isServerId,
  logIndex,
  type LogIndex,
  sequence,
  type Sequence,
  serverId,
  type ServerId,
  term,
  type Term,
  writeId,
  type WriteId
} from "./ids.ts"
export { withChunk } from "./installSnapshot.ts"
export { InvariantViolation } from "./invariant.ts"
export type { TermRun } from "./log/termRuns.ts"
export {
  type AppendEntriesAccepted,
  type AppendEntriesRefused,
  type AppendEntriesRequest,
  type Header,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type InstallSnapshotRequest,
  type InstallSnapshotResponse,
  isRequest,
  type Message,
  type Request,
  type RequestVoteRequest,
  type RequestVoteResponse,
  type Response
} from "./message.ts"
export { defaultServerOptions, type ServerOptions } from "./options.ts"
export type {
  AnswerProposals,
  ApplyEntries,
  ChunkRequest,
  CompactLog,
  HardState,
  InstallSnapshot,
  Output,
  ProposalAnswer,
  ReadLog,
  RoleChanged,
  SendMessage,
  SendSnapshot,
  SnapshotChunk,
  TakeSnapshot,
  Write
} from "./output.ts"
export { emptyState, type PersistentState } from "./persistentState.ts"
export type { Inflight, Progress } from "./progress.ts"
export type { Candidate, Follower, Leader, Role, Vote } from "./role.ts"
export { leaderId, restart, type RestartOptions, type Server } from "./server.ts"
export { bootstrapSnapshot, type Incoming, type SnapshotMetadata, type Snapshots } from "./snapshot.ts"
export { step } from "./step.ts"
export type { SnapshotTransfer } from "./snapshotTransfer.ts"
export type { Transition } from "./transition.ts"
