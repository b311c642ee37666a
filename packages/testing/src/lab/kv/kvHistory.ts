/**
 * What all clerks saw, held against a map that does one thing at a time.
 */
import { Result } from "effect"
import { checkLinearizability } from "../../linearizability/checkLinearizability.ts"
import type { CompletedOperation } from "../../linearizability/history.ts"
import {
  type KeyValueOperation,
  type KeyValueResult,
  keyValueModel
} from "../../linearizability/keyValueModel.ts"
import { historyHtml } from "../../linearizability/historyHtml.ts"
import type { CheckOptions } from "../../linearizability/verdict.ts"
import { LabFailure, labFailure } from "../LabFailure.ts"

/** An operation as its clerk saw it. A clerk asks until it is answered: there are no others. */
export type KvRecord = CompletedOperation<KeyValueOperation, KeyValueResult>

/** Why no order of the operations explains all answers, or that the search did not come to an end. */
export const historyProblem = (
  history: ReadonlyArray<KvRecord>,
  options?: CheckOptions
): LabFailure | undefined => {
  const model = keyValueModel({ initial: "" })
  const verdict = Result.getOrThrow(checkLinearizability(model, history, options))
  switch (verdict._tag) {
    case "Linearizable":
      return undefined
    case "Undecided": {
      const keys = verdict.partitions.join(", ")
      return labFailure(
        `whether the history is linearizable was not decided within ${verdict.statesMax} states (keys ${keys})`
      )
    }
    case "Illegal": {
      const { offending, operations, partition } = verdict
      const assertion = `the history of key ${partition}, ${operations.length} operations, is not linearizable`
      return new LabFailure({
        assertion,
        history: offending.map((record) => `no order explains ${JSON.stringify(record)}`),
        picture: historyHtml(model, verdict, { title: assertion })
      })
    }
  }
}
