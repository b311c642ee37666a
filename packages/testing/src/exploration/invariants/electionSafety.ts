/**
 * ElectionSafety: at most one leader is ever elected in a term (§5.2, Figure 3).
 */
import type { Invariant } from "./invariant.ts"

export const electionSafety: Invariant = {
  name: "ElectionSafety",
  holdsIn: ({ history: { elected } }) =>
    elected.every(({ term }, position) => position === 0 || elected[position - 1]!.term !== term)
}
