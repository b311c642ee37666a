/**
 * What can go wrong, one class per cause a caller can act on.
 *
 * Broken invariants are not here: they are defects, and stop the server that
 * sees them.
 */
import { Schema } from "effect"

/** This server does not lead: the command was appended nowhere. Ask `leader`, or another server when it is unknown. */
export class NotLeader extends Schema.TaggedError<NotLeader>()("NotLeader", {
  server: Schema.String,
  leader: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    const hint =
      this.leader === undefined ? "it knows of no leader: try another server" : `ask ${this.leader}`
    return `server ${this.server} is not the leader; ${hint}`
  }
}

/** Too much is waiting for a majority already, or leadership is being handed over: the command was appended nowhere. Try again later. */
export class Overloaded extends Schema.TaggedError<Overloaded>()("Overloaded", {
  server: Schema.String
}) {
  override get message(): string {
    return `server ${this.server} holds as many uncommitted commands as its options allow, or is handing its leadership over; retry after a pause`
  }
}

/**
 * The command was appended, and what became of it is not known: it may still take effect. Not a failure.
 *
 * `index` and `term` are 0 where not even that is known: it was forwarded to a leader whose answer did not come (`Forwarded`),
 * or not in time.
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  server: Schema.String,
  index: Schema.Number,
  term: Schema.Number,
  reason: Schema.Literals([
    "Timeout",
    "LeadershipLost",
    "Stopped",
    "StorageFailed",
    "SnapshotInstalled",
    "Forwarded"
  ])
}) {
  override get message(): string {
    if (this.index === 0) {
      return `the outcome of a command that server ${this.server} forwarded to its leader is unknown (${this.reason}); repeat it only if applying it twice is harmless`
    }
    return `the outcome of the command at index ${this.index} of term ${this.term} on server ${this.server} is unknown (${this.reason}); repeat it only if applying it twice is harmless`
  }
}

/** Another leader's entry was committed in this command's place: it never took effect and never will. */
export class Superseded extends Schema.TaggedError<Superseded>()("Superseded", {
  server: Schema.String,
  index: Schema.Number,
  term: Schema.Number
}) {
  override get message(): string {
    return `the command at index ${this.index} of term ${this.term} was replaced by a later leader; it is safe to propose it again`
  }
}

/** No majority confirmed a read in time, or the state machine did not get there. Nothing was read; to ask again is harmless. */
export class ReadTimedOut extends Schema.TaggedError<ReadTimedOut>()("ReadTimedOut", {
  server: Schema.String
}) {
  override get message(): string {
    return `a read on server ${this.server} was not confirmed in time: a majority, or this server's state machine, is slow or away; ask again`
  }
}

/** A read asked for a lease, and this server's options declare no bound on the drift of clocks. Nothing was read. */
export class NoClockDriftBound extends Schema.TaggedError<NoClockDriftBound>()("NoClockDriftBound", {
  server: Schema.String
}) {
  override get message(): string {
    return `server ${this.server} reads by no lease: declare clockDriftBound in its options, or read with consistency "linearizable"`
  }
}

/**
 * A read of bounded staleness was asked of a server that cannot show its state to be so recent. Nothing was read.
 * `staleness` is the least bound that it could have met then (ms); `Infinity` if it has not heard enough of a leader.
 */
export class TooStale extends Schema.TaggedError<TooStale>()("TooStale", {
  server: Schema.String,
  staleness: Schema.Number
}) {
  override get message(): string {
    const known = Number.isFinite(this.staleness)
      ? `only show that its state is at most ${this.staleness} ms old`
      : "not show how old its state is"
    return `server ${this.server} can ${known}; ask another server, or read with consistency "linearizable"`
  }
}

/**
 * Leadership was not handed to `target`.
 *
 * After `NotVoter`, `AlreadyInProgress` and `TimedOut` this server leads on. After
 * `Lost` it does not, and another server leads, or none is known to.
 */
export class TransferFailed extends Schema.TaggedError<TransferFailed>()("TransferFailed", {
  server: Schema.String,
  target: Schema.String,
  reason: Schema.Literals(["NotVoter", "AlreadyInProgress", "TimedOut", "Lost"])
}) {
  override get message(): string {
    return `server ${this.server} did not hand leadership to ${this.target}: ${transferReasons[this.reason]}`
  }
}

const transferReasons = {
  NotVoter: "that is no voter of its configuration",
  AlreadyInProgress: "another transfer is in progress; try again when it has ended",
  TimedOut:
    "it did not take over within an election timeout; check that it is up and reachable, and try again",
  Lost: "leadership went elsewhere, or nobody was heard to lead; changes and status tell who leads"
} as const

/** The configuration stays what it was, or what others made it: nothing of this change took effect. */
export class ChangeRefused extends Schema.TaggedError<ChangeRefused>()("ChangeRefused", {
  server: Schema.String,
  reason: Schema.Literals([
    "IndexMismatch",
    "NoOwnEntryCommitted",
    "ChangeInProgress",
    "TransferInProgress",
    "NotCaughtUp",
    "Superseded",
    "NoVoters",
    "DuplicateMember",
    "InvalidMember",
    "AlreadyMember",
    "UnknownMember",
    "AlreadyVoter",
    "AlreadyLearner",
    "NamedTwice",
    "StorageOfVoter",
    "MoreThanOneVoter",
    "AlreadyJoint",
    "NotJoint",
    "NothingToChange"
  ]),
  text: Schema.String
}) {
  override get message(): string {
    return `server ${this.server} did not change the configuration: ${this.text}`
  }
}

/**
 * The session is gone: its client was silent for too long in log time, or longest of too many. This copy of the command was
 * not executed, and no later one will be; whether an earlier copy was, nobody knows any more.
 */
export class SessionExpired extends Schema.TaggedError<SessionExpired>()("SessionExpired", {
  server: Schema.String,
  session: Schema.Number
}) {
  override get message(): string {
    return `session ${this.session} has ended (server ${this.server}): a command whose outcome is still open may have been executed, once; open another session`
  }
}

/** The command was executed, once, and its answer is no longer kept: its client had acknowledged it, or a server lost it in a restart. */
export class AnswerForgotten extends Schema.TaggedError<AnswerForgotten>()("AnswerForgotten", {
  server: Schema.String,
  session: Schema.Number,
  sequence: Schema.Number
}) {
  override get message(): string {
    return `the answer to command ${this.sequence} of session ${this.session} is no longer kept (server ${this.server}); read what it did`
  }
}

/** The command is too far ahead of the first one that its session has not acknowledged: this copy was not executed, a later one may be. */
export class TooManyUnacknowledged extends Schema.TaggedError<TooManyUnacknowledged>()(
  "TooManyUnacknowledged",
  {
    server: Schema.String,
    session: Schema.Number,
    firstUnacknowledged: Schema.Number
  }
) {
  override get message(): string {
    return `session ${this.session} has not acknowledged any answer from command ${this.firstUnacknowledged} on (server ${this.server}); wait for those first`
  }
}

/** Stable storage failed. The first failure is final: the server stops and promises nothing more. */
export class StorageFailed extends Schema.TaggedError<StorageFailed>()("StorageFailed", {
  server: Schema.String,
  operation: Schema.Literals(["load", "bootstrap", "submit", "saveSnapshot", "compact"]),
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `storage of server ${this.server} failed in ${this.operation}: check the device, then restart the server (${String(this.cause)})`
  }
}

/** The server is closed, or stopped on a defect. */
export class Stopped extends Schema.TaggedError<Stopped>()("Stopped", {
  server: Schema.String
}) {
  override get message(): string {
    return `server ${this.server} has stopped`
  }
}

/** An option was refused. `field` names it. */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>()("InvalidOptions", {
  field: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `option ${this.field}: ${this.reason}`
  }
}

/** A command does not fit its schema, so it was not proposed. */
export class InvalidCommand extends Schema.TaggedError<InvalidCommand>()("InvalidCommand", {
  server: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `server ${this.server} was given a command that its schema refuses: ${this.reason}`
  }
}

/** Storage belongs to another server, or to another cluster, than the one that was asked to start on it. */
export class WrongStorage extends Schema.TaggedError<WrongStorage>()("WrongStorage", {
  server: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `server ${this.server} was refused its storage: ${this.reason}`
  }
}
