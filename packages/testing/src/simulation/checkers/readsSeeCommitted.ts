/**
 * S18, at its root: the index that a read may see is no older than what was
 * committed anywhere when its server was asked (thesis §6.4), whoever answers.
 * What clients saw shows it only when somebody wrote to the same key just then.
 */
import type { Event, Output } from "@effect-raft/core"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const readsSeeCommitted = (ledger: Ledger): Observer => {
  /** By seat: the reads that it was asked for, and what was committed then. */
  const asked: Array<Map<number, number>> = []
  return {
    stepped: ({ event, outputs, seat }) => {
      const open = (asked[seat.position] ??= new Map())
      remember(open, event, ledger.committed.length - 1)
      if (open.size > 0) for (const output of outputs) checkAnswers(open, output, seat.id)
    },
    crashed: ({ position }) => asked[position]?.clear()
  }
}

const remember = (open: Map<number, number>, event: Event, committed: number): void => {
  if (event._tag === "ReadRequested") for (const id of event.ids) open.set(id, committed)
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
      () => `${by} reads at ${answer.readIndex}, and was asked when ${committed} was committed`
    )
  }
}
