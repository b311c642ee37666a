/**
 * LeaderAppendOnly: while it leads, a server never overwrites or removes entries of its log (§5.3, Figure 3).
 */
import { type Invariant, termAt } from "./invariant.ts"

export const leaderAppendOnly: Invariant = {
  name: "LeaderAppendOnly",
  holdsAcross: ({ after, before }) => {
    if (before.server.role._tag !== "Leader" || after.server.role._tag !== "Leader") return true
    for (let index = 1; index <= before.server.log.lastIndex; index++) {
      if (termAt(before, index) !== termAt(after, index)) return false
    }
    return true
  }
}
