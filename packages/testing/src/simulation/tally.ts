/**
 * What many runs came to together, and what it says about them: a set that is
 * large enough must have seen everything that it claims to have tried.
 */
import type { Result } from "./simulate.ts"

/** Sums over runs, by name. */
export type Tally = Readonly<Record<string, number>>

/** From so many drawn runs on, with all faults allowed, nothing may be missing. */
export const tallyRunsMin = 200

export const noTally: Tally = {}

/** With one more run. */
export const tallied = (tally: Tally, result: Result): Tally => {
  const sums: Record<string, number> = { ...tally }
  const add = (name: string, amount: number): void => {
    sums[name] = (sums[name] ?? 0) + amount
  }
  for (const [name, amount] of Object.entries(countsOf(result))) add(name, amount)
  for (const [name, times] of Object.entries(result.faults))
    add(`occurrences of the fault ${name} that came to anything`, times)
  return sums
}

/** What never happened in any of these runs, by name. */
export const missing = (tally: Tally): ReadonlyArray<string> =>
  Object.entries(tally)
    .filter(([, sum]) => sum === 0)
    .map(([name]) => name)

const countsOf = (result: Result): Tally => {
  const { changeAnswers, configurations, operations, snapshots } = result
  return {
    elections: result.elections,
    commits: result.commits,
    "conflicts truncated": result.truncations,
    crashes: result.crashes,
    "entries read back from storage": result.readsBack,
    "snapshots taken": snapshots.taken,
    "snapshots installed": snapshots.installed,
    "transfers of snapshots that went on in the middle": snapshots.resumed,
    // Only the second half of a liveness run looks for it.
    ...(result.plan.healing === null
      ? {}
      : { "followers that caught up by snapshot under load": result.caughtUp }),
    "configurations committed": configurations.committed,
    "joint configurations committed": configurations.joint,
    "changes that compared in vain": changeAnswers["IndexMismatch"] ?? 0,
    "changes refused to a server that lacks the log": changeAnswers["NotCaughtUp"] ?? 0,
    "operations answered": operations.filter(({ status }) => status === "ok").length,
    "unknown outcomes": operations.filter(({ status }) => status === "unknown").length,
    "reads during a change of leader": result.readsAcrossElections
  }
}
