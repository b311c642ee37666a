/**
 * S10: by its own count a leader commits only entries of its own term (§5.4.2,
 * Figure 8); those before them come along.
 */
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const ownTermCommit = (): Observer => ({
  commitChanged: ({ after, before, seat }) => {
    if (before.role._tag !== "Leader" || after.role._tag !== "Leader") return
    if (before.currentTerm !== after.currentTerm) return
    const term = seat.disk.termAt(seat.disk.issued, after.commitIndex)
    check(
      term === after.currentTerm,
      "OwnTermCommit",
      () =>
        `${seat.id}, leader of term ${after.currentTerm}, commits ${after.commitIndex}:${term} by counting`
    )
  }
})
