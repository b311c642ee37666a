/**
 * The values a server takes and gives: what `RaftServer`'s methods speak of.
 */
import type { LogIndex, ServerId, Term } from "@effect-raft/core"
import type { Duration, Effect } from "effect"
import type {
  AnswerForgotten,
  ChangeRefused,
  InvalidCommand,
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
  /**
   * `undefined` for entries that carry no command (a leader's no-op), or one that the state machine was not given
   * because an earlier copy was executed; and for a snapshot.
   */
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

/** A member of the configuration in force; of a joint one, as the half to come has it. */
export interface MemberStatus {
  readonly id: ServerId
  readonly role: "Voter" | "Learner" | "Witness"
  readonly address: string
}

/** A snapshot of one server for people and metrics. */
export interface Status extends Change {
  readonly id: ServerId
  readonly lastApplied: LogIndex
  readonly lastIndex: LogIndex
  /** Where the log holds the configuration in force; committed or not. */
  readonly configurationIndex: LogIndex
  readonly members: ReadonlyArray<MemberStatus>
  /** The voters of the half that ends with a joint configuration; empty when it is not joint. */
  readonly outgoing: ReadonlyArray<ServerId>
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

/** Which command of which session: what a retry repeats, at this server or another. */
export interface SessionCommandNumber {
  /** The id that the session was given when it was opened. */
  readonly session: number
  /** Counted by the client from 1. A command keeps its number for ever, whatever becomes of it. */
  readonly sequence: number
  /** The client has the answers to all commands before this one, or no longer wants them: they are forgotten. At least 1. */
  readonly firstUnacknowledged: number
}

/**
 * Sessions for clients that number their commands themselves, and may go on at
 * another server: each call is one attempt, through the log. `openSession` is
 * made of these.
 */
export interface SessionAccess<Command, Result> {
  /** Opens a session and gives its id. Repeated, it opens another; the one nobody uses expires. */
  readonly register: Effect.Effect<number, ProposeError>
  /**
   * Has a command executed once, however many copies of it come to how many
   * servers: each that is answered is given the answer of the first.
   *
   * After `OutcomeUnknown`, repeat it with the same number until it is answered.
   */
  readonly propose: (of: SessionCommandNumber, command: Command) => Effect.Effect<Result, SessionCommandError>
  /** Shows that a client without commands is still there. */
  readonly keepAlive: (
    of: Omit<SessionCommandNumber, "sequence">
  ) => Effect.Effect<void, ProposeError | SessionExpired>
  /** Ends a session: everything of it is forgotten, and no command of it will be executed. */
  readonly close: (session: number) => Effect.Effect<void, ProposeError | SessionExpired>
}

export type SessionCommandError = ProposeError | SessionExpired | AnswerForgotten | TooManyUnacknowledged

export type ReadError = NotLeader | ReadTimedOut | StorageFailed | Stopped

/**
 * What a read has to see.
 *
 * - `"linearizable"`: everything acknowledged before, confirmed by a majority (ReadIndex, thesis §6.4).
 * - `"lease"`: the same, but a leader that holds a lease asks nobody (§6.4.1). It rests on the option
 *   `clockDriftBound`; without a lease at hand a majority is asked.
 * - `{ staleAtMost }`: everything that was acknowledged so long before, by this server's own clock. Any server
 *   answers from its own state, and asks nobody; a follower of a healthy leader can meet about three heartbeat
 *   intervals. `Duration.infinity` reads whatever is there.
 */
export type ReadConsistency = "linearizable" | "lease" | { readonly staleAtMost: Duration.Input }

export interface ReadOptions<Consistency extends ReadConsistency = ReadConsistency> {
  /** Default `"linearizable"`. */
  readonly consistency?: Consistency
}

/** How a read of this consistency can fail. */
export type ReadErrorOf<Consistency extends ReadConsistency> =
  | ReadError
  | (Consistency extends "lease" ? NoClockDriftBound : never)
  | (Consistency extends { readonly staleAtMost: Duration.Input } ? TooStale : never)

/** What a configuration tells of a member besides its id and its vote. Each has a default. */
export interface MemberDetails {
  /** Preference as a leader, higher first. */
  readonly priority?: number
  /** Where its transport listens. */
  readonly address?: string
  /** The storage it must return with. */
  readonly storageId?: string
  /** The application's. */
  readonly extension?: Uint8Array
}

/**
 * What is to happen to one server. `Add` adds it without a vote: it is promoted
 * once it holds the log.
 */
export type MembershipChange =
  | ({ readonly _tag: "Add"; readonly id: string } & MemberDetails)
  | ({ readonly _tag: "Update"; readonly id: string } & MemberDetails)
  | { readonly _tag: "Promote"; readonly id: string }
  | { readonly _tag: "Demote"; readonly id: string }
  | { readonly _tag: "Remove"; readonly id: string }

export interface ChangeOptions {
  /** Refuse unless the configuration in force is the one at this index of the log, as `status` told it. */
  readonly expectedIndex?: number
}

export type ChangeError = NotLeader | ChangeRefused | OutcomeUnknown | StorageFailed | Stopped

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
