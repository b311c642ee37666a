/**
 * S18, at its root: the index that a read may see is no older than what was
 * committed anywhere when its server was asked (thesis §6.4), whoever answers,
 * by a quorum's word or by a lease. What clients saw shows it only when somebody
 * wrote to the same key just then.
 *
 * A read of bounded staleness may miss what was committed within its bound.
 */
import type { Event, Output } from "@effect-raft/core"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

/** What can be said of times in a run. */
export interface Times {
  /** Virtual time (ms). */
  readonly now: () => number
  /** Clocks only drift: what servers say of times can be held against virtual time. */
  readonly clocksOnlyDrift: boolean
  /** How long it can take (virtual ms) until a server's clock has counted so many milliseconds. */
  readonly longestFor: (millis: number) => number
}

export const readsSeeCommitted = (ledger: Ledger, { clocksOnlyDrift, longestFor, now }: Times): Observer => {
  /** By seat: the reads that it was asked for, and what was committed then, or so long before as they allow. */
  const asked: Array<Map<number, number>> = []
  /** When each index was first known to be committed, oldest first. */
  const commits: Array<{ readonly at: number; readonly index: number }> = []
  const committedBefore = (at: number) => commits.findLast((commit) => commit.at < at)?.index ?? 0

  const remember = (open: Map<number, number>, event: Event): void => {
    if (event._tag !== "ReadRequested") return
    const { consistency, ids } = event
    const isStale = consistency?._tag === "Stale"
    if (isStale && !clocksOnlyDrift) return
    const committed = isStale
      ? committedBefore(now() - longestFor(consistency.atMost))
      : ledger.committed.length - 1
    for (const id of ids) open.set(id, committed)
  }

  return {
    stepped: ({ event, outputs, seat }) => {
      const open = (asked[seat.position] ??= new Map())
      remember(open, event)
      if (open.size > 0) for (const output of outputs) checkAnswers(open, output, seat.id)
    },
    commitChanged: () => {
      const index = ledger.committed.length - 1
      if (index > (commits.at(-1)?.index ?? 0)) commits.push({ at: now(), index })
    },
    crashed: ({ position }) => asked[position]?.clear()
  }
}

const checkAnswers = (open: Map<number, number>, output: Output, by: string): void => {
  if (output._tag !== "AnswerReads") return
  for (const answer of output.answers) {
    const committed = open.get(answer.id) ?? 0
    open.delete(answer.id)
    if (answer._tag !== "Ready") continue
    check(
      answer.readIndex >= committed,
      "ReadsSeeCommitted",
      () => `${by} reads at ${answer.readIndex}, and ${committed} was committed when it had to be seen`
    )
  }
}
