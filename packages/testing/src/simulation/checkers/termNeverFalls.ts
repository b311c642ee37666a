/**
 * S6: `currentTerm` never falls (§5.1), also across restarts, and never below a
 * term that the server has told anybody.
 */
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"

export const termNeverFalls = (): Observer => {
  /** The highest term that each seat has sent. */
  const told: Array<number> = []
  const survives = (seat: Seat): void => {
    const { currentTerm } = seat.disk.durable.hardState
    const known = told[seat.position] ?? 0
    check(currentTerm >= known, "TermNeverFalls", () => `${seat.id} would forget term ${known}`)
  }
  const comesBack = (seat: Seat): void => {
    survives(seat)
    const term = seat.server?.currentTerm ?? 0
    const known = told[seat.position] ?? 0
    check(term >= known, "TermNeverFalls", () => `${seat.id} was in term ${known} and comes back in ${term}`)
  }
  return {
    roleChanged: ({ after, before, seat }) => {
      check(
        after.currentTerm >= before.currentTerm,
        "TermNeverFalls",
        () => `${seat.id} falls from term ${before.currentTerm} to ${after.currentTerm}`
      )
    },
    sent: ({ position }, { _tag, term }) => {
      // The term that it would campaign in, and may never have.
      if (_tag === "PreVoteRequest") return
      if (term > (told[position] ?? 0)) told[position] = term
    },
    persisted: survives,
    restarted: comesBack
  }
}
