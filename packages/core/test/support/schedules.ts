/**
 * Schedules that random runs reach too seldom to rely on, each of which once was somebody's bug.
 */
import type { Action, Kind } from "./actions.ts"

export interface Schedule {
  readonly name: string
  readonly size: number
  readonly actions: ReadonlyArray<Action>
}

const act = (kind: Kind, server: number, pick = 0): Action => ({ kind, server, pick })

export const schedules: ReadonlyArray<Schedule> = [
  {
    name: "a burst fills the pipeline to one peer, which hears none of it",
    size: 3,
    actions: [act("Elect", 0), act("Propose", 0), act("Broadcast", 0), act("Propose", 0, 29)]
  },
  {
    name: "a long log of an old term campaigns against a short one of a newer term",
    size: 3,
    actions: [
      act("Elect", 0),
      act("Propose", 0, 2),
      act("Persist", 0, 3),
      act("Lose", 1, 16),
      act("Lose", 2, 16),
      act("Crash", 0),
      act("Elect", 1),
      act("Propose", 1),
      act("Exchange", 1, 2),
      act("Exchange", 1, 2),
      act("Wake", 0),
      act("Elect", 0),
      act("Elect", 0)
    ]
  },
  {
    name: "Figure 8: an entry of an older term reaches a majority while a newer one lies elsewhere",
    size: 5,
    actions: [
      act("Elect", 0),
      act("Propose", 0),
      act("Exchange", 0, 1),
      act("Lose", 2, 16),
      act("Lose", 3, 16),
      act("Lose", 4, 16),
      act("Crash", 0),
      act("Elect", 4),
      act("Propose", 4),
      act("Persist", 4, 3),
      act("Crash", 4),
      act("Wake", 0),
      act("Elect", 0),
      act("Elect", 0),
      act("Exchange", 0, 1),
      act("Exchange", 0, 2)
    ]
  },
  {
    name: "after a restart the log is read back to be applied, and the read fails",
    size: 1,
    actions: [
      act("Elect", 0),
      act("Propose", 0, 2),
      act("Propose", 0, 2),
      act("Propose", 0, 2),
      act("Persist", 0, 3),
      act("Crash", 0),
      act("Wake", 0, 1),
      act("Elect", 0),
      act("Propose", 0),
      act("Persist", 0, 3),
      act("AnswerRead", 0)
    ]
  },
  {
    name: "a leader that was replaced without noticing is asked to read, and an answer from before comes late",
    size: 3,
    actions: [
      act("Elect", 0, 1),
      act("Propose", 0, 1),
      act("Persist", 0, 7),
      act("Broadcast", 0, 1),
      act("Broadcast", 0, 1),
      act("Wake", 0, 1),
      act("Deliver", 1, 4),
      act("Wake", 2, 1),
      act("Persist", 2, 4),
      act("Lose", 0, 1),
      act("Exchange", 2, 1),
      act("Propose", 2, 1),
      act("Persist", 2, 7),
      act("Exchange", 2, 1),
      act("Wake", 0),
      act("Deliver", 0, 1)
    ]
  },
  {
    name: "a follower has given up one question to its leader, and hears the answer while it asks another",
    size: 3,
    actions: [
      act("Elect", 0, 1),
      act("Propose", 0, 1),
      act("Persist", 0, 7),
      act("Broadcast", 0, 1),
      act("Broadcast", 0, 1),
      act("Lose", 1, 16),
      act("Lose", 2, 16),
      // Server 1 asks.
      act("Apply", 2, 3),
      act("Deliver", 0, 4),
      act("Exchange", 0, 2),
      act("Unreachable", 1),
      act("Propose", 0, 1),
      act("Persist", 0, 7),
      act("Exchange", 0, 2),
      // It asks again.
      act("Apply", 2, 3),
      act("Deliver", 1, 4)
    ]
  },
  {
    name: "a follower restarts, asks its leader under the number of an earlier question, and hears that one's answer",
    size: 3,
    actions: [
      act("Elect", 0, 1),
      act("Propose", 0, 1),
      act("Persist", 0, 7),
      act("Broadcast", 0, 1),
      act("Broadcast", 0, 1),
      act("Lose", 1, 16),
      act("Lose", 2, 16),
      // Server 1 asks.
      act("Apply", 2, 3),
      act("Deliver", 0, 4),
      act("Exchange", 0, 2),
      act("Crash", 1, 1),
      act("Propose", 0, 1),
      act("Persist", 0, 7),
      act("Exchange", 0, 2),
      act("Wake", 1, 1),
      act("Deliver", 1, 1),
      // It asks again.
      act("Apply", 2, 3),
      act("Deliver", 1, 2),
      act("Apply", 1, 2)
    ]
  }
]
