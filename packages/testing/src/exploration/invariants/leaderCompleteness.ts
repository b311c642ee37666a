/**
 * LeaderCompleteness: what was committed in a term is in the log of every leader of a later one (§5.4, Figure 3).
 */
import { type Invariant, termAt } from "./invariant.ts"

export const leaderCompleteness: Invariant = {
  name: "LeaderCompleteness",
  holdsIn: ({ history, hosts }) =>
    hosts.every(
      (host) =>
        host.server.role._tag !== "Leader" ||
        history.committed.every(
          ({ committedIn, term }, position) =>
            committedIn >= host.server.currentTerm || termAt(host, position + 1) === term
        )
    )
}
