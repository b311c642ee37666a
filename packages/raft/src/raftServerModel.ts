/**
 * The values a server takes and gives: what `RaftServer`'s methods speak of.
 */
import type { LogIndex, ServerId, Term } from "@effect-raft/core"
import type { Effect } from "effect"
import type {
  InvalidCommand,
  NotLeader,
  OutcomeUnknown,
  Overloaded,
  ReadTimedOut,
  StorageFailed,
  Stopped,
  Superseded,
  TransferFailed
} from "./errors.ts"
import type { StateMachine } from "./StateMachine.ts"

/** What `start` answers at once (the lab's `Start`). */
export interface Started {
  /** Where the command stands if it is ever committed; 0 when this server does not lead. */
  readonly index: LogIndex
  readonly term: Term
  readonly isLeader: boolean
}

/** What the state machine was given, in log order (the lab's `ApplyMsg`): a committed entry, or a snapshot. */
export interface ApplyMsg<Command> {
  readonly index: LogIndex
  readonly term: Term
  /** `undefined` for entries that carry no command (a leader's no-op), and for a snapshot. */
  readonly command: Command | undefined
  /**
   * The state through `index`, as the state machine encodes it, in place of all
   * entries up to there that were not given before. `undefined` for an entry.
   */
  readonly snapshot?: Uint8Array
}

/** Role, term, known leader or commit index changed. */
export interface Change {
  readonly role: "Follower" | "PreCandidate" | "Candidate" | "Leader"
  readonly term: Term
  readonly leader: ServerId | undefined
  readonly commitIndex: LogIndex
}

/** What a leader knows of a peer. */
export interface PeerStatus {
  readonly id: ServerId
  readonly matchIndex: LogIndex
  readonly nextIndex: LogIndex
}

/** A snapshot of one server for people and metrics. */
export interface Status extends Change {
  readonly id: ServerId
  readonly lastApplied: LogIndex
  readonly lastIndex: LogIndex
  readonly members: ReadonlyArray<ServerId>
  /** Empty unless this server leads. */
  readonly peers: ReadonlyArray<PeerStatus>
}

export type ProposeError =
  | NotLeader
  | Overloaded
  | InvalidCommand
  | Superseded
  | OutcomeUnknown
  | StorageFailed
  | Stopped

export type ReadError = NotLeader | ReadTimedOut | StorageFailed | Stopped
export type TransferError = NotLeader | TransferFailed | StorageFailed | Stopped

export interface MakeOptions<Command, Result> {
  /** Own id, 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly id: string
  readonly stateMachine: StateMachine<Command, Result>
  /**
   * The first configuration, own id included: written once, to empty storage,
   * and never again. Without it an empty server waits to be added.
   */
  readonly bootstrap?: ReadonlyArray<string>
}

/** As `MakeOptions`; the state machine may come from an effect, run once for each server. */
export interface LayerOptions<Command, Result, E, R> extends Omit<
  MakeOptions<Command, Result>,
  "stateMachine"
> {
  readonly stateMachine: StateMachine<Command, Result> | Effect.Effect<StateMachine<Command, Result>, E, R>
}
