/**
 * `@effect-raft/core`: Raft as data and pure functions.
 */
export * as Configuration from "./configuration.ts"
export * as Configurations from "./log/configurations.ts"
export * as Log from "./log/log.ts"
export * as Quorum from "./quorum.ts"
export * as Sessions from "./sessions/sessions.ts"
export { type Target, targetOf } from "./codec/bytes.ts"
export { decodeConfiguration, encodeConfiguration } from "./codec/configurationCodec.ts"
export type { Decoded, DecodeError, DecodeErrorReason, Ok } from "./codec/decodeError.ts"
export { decodeMessage, readMessage } from "./codec/decodeMessage.ts"
export { encodedMessageLength, encodeMessage, writeMessage } from "./codec/encodeMessage.ts"
export { decodeEntry, encodedEntryLength, encodeEntry, writeEntries } from "./codec/entryCodec.ts"
export { describe as describeSnapshot } from "./compaction.ts"
export { decodeSessionCommand, encodeSessionCommand } from "./codec/sessionCommandCodec.ts"
export { decodeSessions, encodedSessionsLength, encodeSessions } from "./codec/sessionsCodec.ts"
export type { Member, MemberRole, Outgoing, Voter } from "./configuration.ts"
export {
  changeConfiguration,
  changeFor,
  type ChangeRefusal,
  type ConfigurationChange,
  type ConfigurationChanged,
  type ConfigurationChangeError,
  type ConfigurationFault,
  configurationFault,
  type MemberChange
} from "./configurationChange.ts"
export { crc32 } from "./crc32.ts"
export { nextDeadline } from "./deadline.ts"
export { type CommandKind, type Entry, entryBytes, type EntryKind } from "./entry.ts"
export type {
  CommandsProposed,
  ConfigurationChangeRequested,
  EntriesApplied,
  Event,
  LeadershipTransferRequested,
  LogRead,
  LogReadFailed,
  MessageReceived,
  PeerUnreachable,
  Proposal,
  SnapshotPersisted,
  SnapshotRestored,
  ReadConsistency,
  ReadRequested,
  RequestedChange,
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
  type ForwardedProposal,
  type ForwardProposalsRequest,
  type ForwardProposalsResponse,
  type Header,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type InstallSnapshotRequest,
  type InstallSnapshotResponse,
  isRequest,
  type Message,
  type PreVoteRequest,
  type PreVoteResponse,
  type ReadIndexRequest,
  type ReadIndexResponse,
  type Request,
  type RequestVoteRequest,
  type RequestVoteResponse,
  type Response,
  type RoundNews,
  type TimeoutNowRequest,
  type TimeoutNowResponse
} from "./message.ts"
export { defaultServerOptions, type ServerOptions } from "./options.ts"
export type {
  AnswerConfigurationChange,
  AnswerProposals,
  AnswerReads,
  AnswerTransfer,
  ApplyEntries,
  ConfigurationChangeAnswer,
  ChunkRequest,
  CompactLog,
  HardState,
  InstallSnapshot,
  Output,
  ProposalAnswer,
  ReadAnswer,
  ReadLog,
  RoleChanged,
  SendMessage,
  SendSnapshot,
  SnapshotChunk,
  TakeSnapshot,
  TransferAnswer,
  Write
} from "./output.ts"
export { emptyState, type PersistentState } from "./persistentState.ts"
export type { Inflight, Progress } from "./progress.ts"
export type {
  Ballot,
  Candidate,
  Contact,
  Departure,
  Follower,
  Leader,
  PendingRead,
  Pledge,
  PreCandidate,
  ReadRound,
  Role,
  Round,
  Settling,
  Tenure,
  Transfer,
  Vote
} from "./role.ts"
export { type Beat, leaderId, restart, type RestartOptions, type Server } from "./server.ts"
export { bootstrapSnapshot, type Incoming, type SnapshotMetadata, type Snapshots } from "./snapshot.ts"
export { applySessionEntry, type Replicated, type SessionOutcome } from "./sessions/applySessionEntry.ts"
export type { SessionCommand, SessionLimits } from "./sessions/sessionCommand.ts"
export { step } from "./step.ts"
export type { SnapshotTransfer } from "./snapshotTransfer.ts"
export type { Transition } from "./transition.ts"
