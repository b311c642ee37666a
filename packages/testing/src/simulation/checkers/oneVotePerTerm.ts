/**
 * S7: a server votes once in a term (§5.2), also across restarts.
 */
import type { ServerId } from "@effect-raft/core"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"

export const oneVotePerTerm = (): Observer => {
  /** What each seat's votes were, by term. */
  const votes: Array<Map<number, ServerId>> = []
  const vote = (seat: Seat, term: number, to: ServerId): void => {
    const cast = (votes[seat.position] ??= new Map())
    const first = cast.get(term)
    if (first === undefined) {
      cast.set(term, to)
      return
    }
    check(first === to, "OneVotePerTerm", () => `${seat.id} votes for ${first} and ${to} in term ${term}`)
  }
  return {
    stepped: ({ after, before, seat }) => {
      if (before.votedFor === after.votedFor || before.currentTerm !== after.currentTerm) return
      check(
        before.votedFor === undefined,
        "OneVotePerTerm",
        () => `${seat.id} takes back its vote for ${before.votedFor} in term ${after.currentTerm}`
      )
    },
    restarted: ({ disk, id, server }) => {
      const { votedFor } = disk.durable.hardState
      check(
        server?.votedFor === votedFor,
        "OneVotePerTerm",
        () => `${id} comes back without its vote for ${votedFor} in term ${server?.currentTerm}`
      )
    },
    sent: (seat, message) => {
      if (message._tag === "RequestVoteRequest") return vote(seat, message.term, seat.id)
      if (message._tag === "RequestVoteResponse" && message.voteGranted) {
        return vote(seat, message.term, message.to)
      }
    }
  }
}
