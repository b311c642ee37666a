/**
 * Schedules that random runs reach too seldom to rely on, of reads that rely on clocks.
 */
import type { ClockAction, ClockKind } from "./clockActions.ts"

export interface ClockSchedule {
  readonly name: string
  readonly size: number
  readonly actions: ReadonlyArray<ClockAction>
}

const act = (kind: ClockKind, server: number, pick = 1): ClockAction => ({ kind, server, pick })

export const clockSchedules: ReadonlyArray<ClockSchedule> = [
  {
    name: "a leader that has handed over without noticing is asked to read, within its lease",
    size: 3,
    actions: [
      act("Elect", 0),
      act("Broadcast", 0),
      act("Broadcast", 0),
      act("Propose", 0),
      act("Broadcast", 0),
      act("Broadcast", 0),
      act("Transfer", 0, 4),
      act("Deliver", 1, 2),
      act("Persist", 1, 2),
      act("Deliver", 2, 2),
      act("Persist", 2, 2),
      act("Deliver", 1, 2),
      act("Persist", 1, 2),
      act("Exchange", 1, 2),
      act("Exchange", 1, 2),
      act("Ask", 0)
    ]
  },
  {
    name: "the clock of a leader goes back, and another is elected meanwhile",
    size: 3,
    actions: [
      act("Wake", 4, 29),
      act("Usurp", 2, 15),
      act("Wake", 0, 16),
      act("Usurp", 3, 2),
      act("SetBack", 3, 20),
      act("Usurp", 2, 22),
      act("Exchange", 4, 27)
    ]
  },
  {
    name: "heartbeats that are on their way for long, beside some that are not",
    size: 3,
    actions: [
      act("Wake", 4, 29),
      act("LateAnswers", 1, 4),
      act("Broadcast", 1, 25),
      act("Exchange", 4, 29),
      act("Usurp", 2, 27),
      act("Propose", 2, 20),
      act("Crash", 4, 6),
      act("Propose", 2, 4),
      act("LateAnswers", 0, 4),
      act("Crash", 3, 20),
      act("Deliver", 1, 4),
      act("Deliver", 4, 2),
      act("Deliver", 3, 2),
      act("Wake", 0, 20),
      act("Broadcast", 3, 30),
      act("Pass", 0, 27),
      act("Exchange", 1, 20),
      act("Usurp", 4, 12)
    ]
  }
]
