/**
 * Decides whether a history of client operations is linearizable: whether each
 * operation can have taken effect at one instant between its call and its
 * return, so that a server that does one thing at a time would have given the
 * same answers.
 */
import { Result } from "effect"
import { firstContradiction } from "./contradiction.ts"
import { type History, type InvalidHistory, validateHistory } from "./history.ts"
import { partitionsOf } from "./partition.ts"
import { Search } from "./Search.ts"
import type { SequentialModel } from "./sequentialModel.ts"
import { type CheckOptions, type Linearization, statesMaxDefault, type Verdict } from "./verdict.ts"

/**
 * **Contract**: pure and synchronous, and equal histories get equal verdicts.
 * `Linearizable` and `Illegal` are certain; `Undecided` is said only when the
 * limit ended the search in some partition and no other one is illegal.
 *
 * **Example**
 *
 * ```ts
 * const verdict = yield* checkLinearizability(keyValueModel(), history)
 * if (verdict._tag === "Illegal") console.log(verdict.offending)
 * ```
 */
export const checkLinearizability = <State, Operation, R>(
  model: SequentialModel<State, Operation, R>,
  history: History<Operation, R>,
  options?: CheckOptions
): Result.Result<Verdict<State, Operation, R>, InvalidHistory> =>
  Result.map(validateHistory(history), (valid) =>
    decide(model, valid, options?.statesMax ?? statesMaxDefault)
  )

const decide = <State, Operation, R>(
  model: SequentialModel<State, Operation, R>,
  history: History<Operation, R>,
  statesMax: number
): Verdict<State, Operation, R> => {
  const orders: Array<Linearization<Operation, R>> = []
  const undecided: Array<string> = []
  let states = 0

  for (const partition of partitionsOf(model, history)) {
    const search = new Search(model, partition, { statesMax })
    const finding = search.run()
    states += search.states
    switch (finding._tag) {
      case "Order":
        orders.push({ partition: partition.key, order: finding.order })
        break
      case "NoOrder": {
        const { key, operations } = partition
        const { states: more, ...contradiction } = firstContradiction(model, partition, statesMax)
        return { _tag: "Illegal", partition: key, operations, ...contradiction, states: states + more }
      }
      case "LimitReached":
        undecided.push(partition.key)
        break
    }
  }
  return undecided.length > 0
    ? { _tag: "Undecided", partitions: undecided, statesMax, states }
    : { _tag: "Linearizable", partitions: orders, states }
}
