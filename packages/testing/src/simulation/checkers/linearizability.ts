/**
 * S18, by a search that knows nothing of logs or servers: some order of the
 * operations explains every answer.
 *
 * While every operation goes through the log, `realTimeOrder` decides the same
 * with the log as its witness, at any length. This is the second opinion, of
 * those histories that a search gets through in about the time of a run.
 */
import { Result } from "effect"
import { checkLinearizability } from "../../linearizability/checkLinearizability.ts"
import { keyValueModel } from "../../linearizability/keyValueModel.ts"
import { historyOf } from "../history.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"
import type { Operation } from "../Workload.ts"

const operationsMax = 2_000

/** States that the search may remember for a key before it leaves the verdict to the log. */
const statesMax = 2_000

export const linearizability = (operations: () => ReadonlyArray<Operation>): Observer => ({
  ended: () => {
    if (operations().length > operationsMax) return
    const checked = checkLinearizability(keyValueModel(), historyOf(operations()), { statesMax })
    check(
      Result.isSuccess(checked),
      "Linearizability",
      () => "the history is not one that clients can have seen"
    )
    const verdict = checked.success
    if (verdict._tag !== "Illegal") return
    const { offending, partition } = verdict
    check(
      false,
      "Linearizability",
      () => `key ${partition}: ${JSON.stringify(offending)} agrees with no order of what came before it`
    )
  }
})
