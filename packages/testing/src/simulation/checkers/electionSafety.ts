/**
 * S1, ElectionSafety: at most one leader can be elected in a term (§5.2), over
 * the whole run, crashes included. And what makes it so: a quorum of different
 * servers has voted for whoever leads.
 */
import type { ServerId, Term } from "@effect-raft/core"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"
import { isQuorum } from "./quorumOf.ts"

export const electionSafety = (ledger: Ledger): Observer => {
  /** Who voted in a term, and for whom. */
  const votes = new Map<Term, Array<{ readonly from: ServerId; readonly to: ServerId }>>()
  return {
    sent: (seat, message) => {
      if (message._tag !== "RequestVoteResponse" || !message.voteGranted) return
      const cast = votes.get(message.term)
      if (cast === undefined) votes.set(message.term, [{ from: seat.id, to: message.to }])
      else cast.push({ from: seat.id, to: message.to })
    },
    roleChanged: ({ after, before, seat }) => {
      if (after.role._tag !== "Leader") return
      const { currentTerm } = after
      const leader = ledger.leaders.get(currentTerm)
      check(
        leader === seat,
        "ElectionSafety",
        () => `${leader?.id} and ${seat.id} both lead term ${currentTerm}`
      )
      if (before.role._tag === "Leader" && before.currentTerm === currentTerm) return
      const cast = votes.get(currentTerm) ?? []
      const hasVote = (id: ServerId) =>
        id === seat.id || cast.some(({ from, to }) => from === id && to === seat.id)
      check(
        isQuorum(seat.disk.configurationIn(seat.disk.issued).configuration, hasVote),
        "ElectionSafety",
        () => `${seat.id} leads term ${currentTerm} without the votes of a quorum`
      )
    }
  }
}
