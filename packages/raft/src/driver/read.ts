/**
 * Reads (thesis §6.4): wait until this server's state machine holds what the
 * reader has to see, then look at it.
 */
import type { LogIndex, ReadConsistency as ReducerConsistency } from "@effect-raft/core"
import { Duration, Effect } from "effect"
import type { ReadConsistency, ReadErrorOf } from "../raftServerModel.ts"
import type { Life } from "./life.ts"
import type { ReadResume } from "./PendingReads.ts"
import type { Workplace } from "./workplace.ts"

/** Joins the next turn's reads and gives the index that this server has reached. */
export const readIndex = <Consistency extends ReadConsistency>(
  { driver, wake }: Workplace,
  life: Life,
  consistency: Consistency | undefined
): Effect.Effect<LogIndex, ReadErrorOf<Consistency>> =>
  Effect.withFiber((fiber) => {
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail<ReadErrorOf<Consistency>>(ended)
    return Effect.callback<LogIndex, ReadErrorOf<Consistency>>((resume) => {
      // The reducer refuses a read in ways of its consistency alone.
      const id = driver.reads.add(resume as ReadResume, reducerConsistency(consistency ?? "linearizable"))
      wake.openSoon(fiber)
      return Effect.sync(() => driver.reads.withdraw(id))
    })
  })

/** As the reducer takes it; `undefined` where it confirms by a quorum. */
const reducerConsistency = (consistency: ReadConsistency): ReducerConsistency | undefined => {
  if (consistency === "linearizable") return undefined
  if (consistency === "lease") return { _tag: "Lease" }
  return { _tag: "Stale", atMost: Duration.toMillis(consistency.staleAtMost) }
}
