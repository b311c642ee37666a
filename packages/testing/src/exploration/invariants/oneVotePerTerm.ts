/**
 * OneVotePerTerm: a vote on disk is never changed within its term, and the term on disk never falls (§5.2).
 */
import type { Invariant } from "./invariant.ts"

export const oneVotePerTerm: Invariant = {
  name: "OneVotePerTerm",
  holdsAcross: ({ after, before }) => {
    const [was, is] = [before.disk.hardState, after.disk.hardState]
    if (is.currentTerm !== was.currentTerm) return is.currentTerm > was.currentTerm
    return was.votedFor === undefined || is.votedFor === was.votedFor
  }
}
