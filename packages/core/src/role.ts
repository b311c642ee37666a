/**
 * The three roles of §5.1, each with exactly the data it needs.
 */
import type { LogIndex, Sequence, ServerId } from "./ids.ts"
import type { Progress } from "./progress.ts"

export interface Follower {
  readonly _tag: "Follower"
  /** The leader of the current term, once heard of. */
  readonly leaderId: ServerId | undefined
  /** Campaign at this time (ms), unless a leader or a granted vote moves it. */
  readonly electionDeadline: number
}

export interface Vote {
  readonly from: ServerId
  readonly voteGranted: boolean
}

export interface Candidate {
  readonly _tag: "Candidate"
  /** Answers of the others. The own vote counts once it is durable, and is not listed. */
  readonly votes: ReadonlyArray<Vote>
  /** Begin another election at this time (ms). */
  readonly electionDeadline: number
  /** Ask again whoever has not answered at this time (ms). */
  readonly retryAt: number
  /** Requests of this candidacy are numbered above this. */
  readonly sequenceBefore: Sequence
}

export interface Leader {
  readonly _tag: "Leader"
  /** One for each other member, in the order of the configuration. */
  readonly progress: ReadonlyArray<Progress>
  /** Next round of heartbeats (ms). */
  readonly heartbeatAt: number
  /** When it was elected (ms), and the log time then: log time goes on from there. */
  readonly electedAt: number
  readonly electedLogTime: number
  /** Entries above this index are this leader's own. */
  readonly lastIndexBefore: LogIndex
  /** The log's `bytesAppended` at the election, and the size of its own entries committed since. */
  readonly bytesBefore: number
  readonly bytesCommitted: number
}

export type Role = Follower | Candidate | Leader

/** The leader that knows this of its peers, and has committed this much: copied field by field, as `withReplicated` is. */
export const withProgress = (
  leader: Leader,
  progress: ReadonlyArray<Progress>,
  heartbeatAt: number = leader.heartbeatAt,
  bytesCommitted: number = leader.bytesCommitted
): Leader => ({
  _tag: "Leader",
  progress,
  heartbeatAt,
  electedAt: leader.electedAt,
  electedLogTime: leader.electedLogTime,
  lastIndexBefore: leader.lastIndexBefore,
  bytesBefore: leader.bytesBefore,
  bytesCommitted
})
