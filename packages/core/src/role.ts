/**
 * The roles of §5.1, each with exactly the data it needs.
 */
import type { Incarnation, LogIndex, Sequence, ServerId } from "./ids.ts"
import type { Progress } from "./progress.ts"

export interface Follower {
  readonly _tag: "Follower"
  /** The leader of the current term, once heard of. */
  readonly leaderId: ServerId | undefined
  /** How long this server waits for its leader (ms): the draw that holds until the next. */
  readonly electionTimeout: number
  /** Campaign at this time (ms), unless a leader or a granted vote moves it. */
  readonly electionDeadline: number
  /**
   * Grants no vote before this time (ms), but for a leadership transfer: one
   * shortest election timeout after it last heard from a leader, or started.
   */
  readonly noVoteBefore: number
}

export interface Vote {
  readonly from: ServerId
  readonly voteGranted: boolean
}

/** One attempt to gather votes. */
export interface Ballot {
  /** Answers of the others. The own vote is not listed. */
  readonly votes: ReadonlyArray<Vote>
  /** Begin another attempt at this time (ms). */
  readonly electionDeadline: number
  /** Ask again whoever has not answered at this time (ms). */
  readonly retryAt: number
  /** Requests of this attempt are numbered above this. */
  readonly sequenceBefore: Sequence
}

/** Asks whether it could win an election (thesis §9.6). It has promised nothing and its term is what it was. */
export interface PreCandidate extends Ballot {
  readonly _tag: "PreCandidate"
}

/** Its own vote counts once it is durable. */
export interface Candidate extends Ballot {
  readonly _tag: "Candidate"
  /** It campaigns because its leader asked it to. */
  readonly leadershipTransfer: boolean
}

/** What a leader found at its election. */
export interface Tenure {
  /** When it was elected (ms), and the log time then: log time goes on from there. */
  readonly electedAt: number
  readonly logTime: number
  /** Entries above this index are this leader's own. */
  readonly lastIndexBefore: LogIndex
  /** The log's `bytesAppended` then. */
  readonly bytesBefore: number
}

/** A round of heartbeats: its first request, and when it was sent. */
export interface Round {
  readonly sequence: Sequence
  /** On this server's clock (ms). */
  readonly sentAt: number
}

/** What a peer's answer to a regular heartbeat was worth (`lease.ts`). */
export interface Pledge {
  readonly id: ServerId
  /** The latest such heartbeat that it answered. */
  readonly sequence: Sequence
  /** Its life that did. */
  readonly incarnation: Incarnation
  /** Until then (ms, on this server's clock) it helps no other leader; `-Infinity` if it does not say. */
  readonly until: number
}

/** What a leader knows of its quorum's presence (`contact.ts`, `lease.ts`). */
export interface Contact {
  /** Oldest first. What was sent between two rounds is dated by the earlier. */
  readonly rounds: ReadonlyArray<Round>
  /** Look then whether a quorum is still there (ms). */
  readonly checkAt: number
  /** One for each peer that has answered a regular heartbeat. */
  readonly pledges: ReadonlyArray<Pledge>
  /** Requests through here were sent before this server's clock was last seen to go back: their dates mean nothing. */
  readonly undatedThrough: Sequence
}

/** Leadership that is being handed over (thesis §3.10). */
export interface Transfer {
  /** Of the event that asked for it. */
  readonly id: number
  readonly target: ServerId
  /** Given up at this time (ms). */
  readonly deadline: number
  /** The target was told to campaign, and is told again each round. */
  readonly isTold: boolean
}

/** One life of a peer: the numbers of its requests mean nothing to the next. */
export interface Asker {
  readonly id: ServerId
  readonly incarnation: Incarnation
}

/** A read that no quorum has confirmed. */
export interface PendingRead {
  /** The driver's number or, of a read for a peer, that of the peer's request. */
  readonly id: number
  /** Which peer asked, in which life; `undefined` for a read asked for here. */
  readonly asker: Asker | undefined
  /** Answered by this time (ms). */
  readonly deadline: number
}

/** Reads that share a round of heartbeats (thesis §6.4). */
export interface ReadRound {
  /** Confirmed by answers of a quorum to requests numbered above this. */
  readonly after: Sequence
  /** The commit index when the round began. */
  readonly readIndex: LogIndex
  readonly reads: ReadonlyArray<PendingRead>
}

/** A server that is in no configuration from `index` on, and should hear of it. */
export interface Departure {
  readonly id: ServerId
  readonly index: LogIndex
  /** Sent to until then (ms); `Infinity` while that configuration is not committed. */
  readonly until: number
}

/** What a leader has still to see to after a change of its configuration (`settling.ts`). */
export interface Settling {
  readonly departing: ReadonlyArray<Departure>
}

export interface Leader {
  readonly _tag: "Leader"
  /** One for each other member, in the order of the configuration, then those that depart. */
  readonly progress: ReadonlyArray<Progress>
  /** Next round of heartbeats (ms). */
  readonly heartbeatAt: number
  /** The size of its own entries committed since its election. */
  readonly bytesCommitted: number
  readonly tenure: Tenure
  readonly contact: Contact
  /** Leadership that is being handed over. */
  readonly transfer: Transfer | undefined
  readonly reads: {
    /** They begin the next round. */
    readonly waiting: ReadonlyArray<PendingRead>
    /** Oldest first. */
    readonly rounds: ReadonlyArray<ReadRound>
  }
  /** Some server was told to campaign in this term: another leader may follow without an election timeout. */
  readonly mayBeSucceeded: boolean
  /** `undefined` when nothing is left to see to, which is almost always. */
  readonly settling: Settling | undefined
}

export type Role = Follower | PreCandidate | Candidate | Leader

/** The leader that knows this of its peers: copied field by field, as `withReplicated` is. */
export const withProgress = (
  leader: Leader,
  progress: ReadonlyArray<Progress>,
  heartbeatAt: number = leader.heartbeatAt,
  contact: Contact = leader.contact,
  bytesCommitted: number = leader.bytesCommitted
): Leader => ({
  _tag: "Leader",
  progress,
  heartbeatAt,
  bytesCommitted,
  tenure: leader.tenure,
  contact,
  transfer: leader.transfer,
  reads: leader.reads,
  mayBeSucceeded: leader.mayBeSucceeded,
  settling: leader.settling
})
