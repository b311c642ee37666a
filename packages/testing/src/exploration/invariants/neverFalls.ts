/**
 * TermAndCommitNeverFall: within a life `currentTerm`, `commitIndex` and `lastApplied` only rise (Figure 2).
 */
import type { Invariant } from "./invariant.ts"

export const neverFalls: Invariant = {
  name: "TermAndCommitNeverFall",
  holdsAcross: ({ action, after, before }) =>
    action._tag === "Crash" ||
    (after.server.currentTerm >= before.server.currentTerm &&
      after.server.commitIndex >= before.server.commitIndex &&
      after.server.apply.lastApplied >= before.server.apply.lastApplied)
}
