/**
 * S9: the commit index never falls in a life and never passes the log.
 */
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const commitNeverFalls = (): Observer => ({
  commitChanged: ({ after, before, seat }) => {
    check(
      after.commitIndex > before.commitIndex,
      "CommitNeverFalls",
      () => `${seat.id} falls from commit index ${before.commitIndex} to ${after.commitIndex}`
    )
    check(
      after.commitIndex <= after.log.lastIndex,
      "CommitNeverFalls",
      () => `${seat.id} commits ${after.commitIndex} of a log that ends at ${after.log.lastIndex}`
    )
  }
})
