/**
 * S2, LeaderAppendOnly: while it leads a term, a leader's log only grows (§5.3),
 * by entries of that term.
 */
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const leaderAppendOnly = (): Observer => ({
  logChanged: ({ after, before, outputs, seat }) => {
    if (before.role._tag !== "Leader" || after.role._tag !== "Leader") return
    if (before.currentTerm !== after.currentTerm) return
    const grew = after.log.lastIndex >= before.log.lastIndex
    check(grew, "LeaderAppendOnly", () => `the log of ${seat.id} shrank to ${after.log.lastIndex}`)
    for (const output of outputs) {
      if (output._tag !== "Write") continue
      const { entries, truncateFrom } = output
      check(
        truncateFrom === undefined,
        "LeaderAppendOnly",
        () => `${seat.id}, leader of term ${after.currentTerm}, truncates its log from ${truncateFrom}`
      )
      const foreign = entries.find(({ term }) => term !== after.currentTerm)
      check(
        foreign === undefined,
        "LeaderAppendOnly",
        () => `${seat.id}, leader of term ${after.currentTerm}, appends ${foreign?.index}:${foreign?.term}`
      )
    }
  }
})
