/**
 * `effect-raft`: replicated state machines for Effect.
 */
export * as MemoryDisk from "./MemoryDisk.ts"
export * as MemoryNetwork from "./MemoryNetwork.ts"
export * as Persister from "./Persister.ts"
export * as RaftOptions from "./RaftOptions.ts"
export * as RaftServer from "./RaftServer.ts"
export * as Session from "./Session.ts"
export * as StateMachine from "./StateMachine.ts"
export * as Transport from "./Transport.ts"
export {
  AnswerForgotten,
  ChangeRefused,
  InvalidCommand,
  InvalidOptions,
  NoClockDriftBound,
  NotLeader,
  OutcomeUnknown,
  Overloaded,
  ReadTimedOut,
  SessionExpired,
  StorageFailed,
  Stopped,
  Superseded,
  TooStale,
  TooManyUnacknowledged,
  TransferFailed,
  WrongStorage
} from "./errors.ts"
