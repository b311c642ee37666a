/**
 * What a server knows of forwarded commands (§8), on both ends of their way.
 */
import type { Proposal } from "./event.ts"
import type { LogIndex, Sequence, ServerId, Term } from "./ids.ts"
import type { HardState } from "./output.ts"
import type { Asker } from "./role.ts"

/** Commands on their way into the log of another server, or taken from others into this one's (`forwarding.ts`). */
export interface Forwards {
  /** Sent to a leader that has not answered. Oldest first. */
  readonly open: ReadonlyArray<OpenForward>
  readonly taken: Taken
}

export interface OpenForward {
  readonly sequence: Sequence
  /** Whom it was sent to, as the leader of which term. */
  readonly leader: ServerId
  readonly leaderTerm: Term
  readonly proposals: ReadonlyArray<Proposal>
  /** Sent again at this time (ms). */
  readonly retryAt: number
  /** Given up at this time (ms). */
  readonly deadline: number
}

/** What this server knows of commands that were forwarded to it. It has appended none that were meant for a later term than this. */
export interface Taken {
  /** The last term in which it took any as a leader or, before that, the term it came back with. */
  readonly term: Term
  /** False: an earlier life may have led that term, and taken what is not listed. */
  readonly isKnown: boolean
  readonly forwarders: ReadonlyArray<Forwarder>
}

/** One life of a peer, and what it was told. */
export interface Forwarder extends Asker {
  /** It waits for no answer to an earlier request. Never falls. */
  readonly firstOpen: Sequence
  readonly answered: ReadonlyArray<{ readonly sequence: Sequence; readonly verdict: Verdict }>
}

/** What became of forwarded commands: said alike to every copy of their request. */
export interface Verdict {
  /** `Taken`: the first `count` are in the log, the others nowhere. `NotLeader`: all are nowhere. */
  readonly outcome: "Taken" | "NotLeader" | "Unknown"
  /** Index of the first, with the term that the request named; 0 if there is none. */
  readonly firstIndex: LogIndex
  readonly count: number
}

/** Whoever voted for itself may have led its term, and taken commands that it has forgotten. */
export const forwardsAtRestart = ({ currentTerm, votedFor }: HardState, id: ServerId): Forwards => ({
  open: [],
  taken: { term: currentTerm, isKnown: votedFor !== id, forwarders: [] }
})
