/**
 * OwnTermCommit: a leader takes for committed, by counting, only an entry of its own term (§5.4.2, Figure 8).
 */
import { type Invariant, termAt } from "./invariant.ts"

export const ownTermCommit: Invariant = {
  name: "OwnTermCommit",
  holdsAcross: ({ after, before }) => {
    const { commitIndex, currentTerm, role } = after.server
    return (
      role._tag !== "Leader" ||
      commitIndex <= before.server.commitIndex ||
      termAt(after, commitIndex) === currentTerm
    )
  }
}
