/**
 * Where a history that cannot be explained stops making sense.
 */
import type { HistoryOperation } from "./history.ts"
import { layOut, type Partition } from "./partition.ts"
import { Search } from "./Search.ts"
import type { SequentialModel } from "./sequentialModel.ts"

export interface Contradiction<State, Operation, Result> {
  readonly offending: ReadonlyArray<HistoryOperation<Operation, Result>>
  readonly prefix: ReadonlyArray<HistoryOperation<Operation, Result>>
  readonly state: State
  /** How many states it took to find out. */
  readonly states: number
}

/**
 * The first answer of an illegal partition that contradicts those before it.
 *
 * A history that can be explained up to some instant can be explained up to
 * every earlier one, so the instant is found by halving. The search that found
 * the partition illegal does not know it: it may have seen far ahead.
 */
export const firstContradiction = <S, O, R>(
  model: SequentialModel<S, O, R>,
  partition: Partition<O, R>,
  statesMax: number
): Contradiction<S, O, R> => {
  const answers = partition.returns.map(({ of }) => of.source)
  let prefix: ReadonlyArray<HistoryOperation<O, R>> = []
  let state = model.initial
  let states = 0
  /** The history can be explained with so many answers, and cannot with so many. */
  let explained = 0
  let contradictory = answers.length

  while (contradictory - explained > 1) {
    const middle = Math.floor((explained + contradictory) / 2)
    const { operations, originals } = withAnswers(partition, answers.slice(0, middle))
    const search = new Search(model, layOut(model, partition.key, operations), { statesMax })
    const finding = search.run()
    states += search.states
    if (finding._tag === "LimitReached") break
    if (finding._tag === "NoOrder") {
      contradictory = middle
    } else {
      explained = middle
      prefix = finding.order.map((each) => originals.get(each)!)
      state = finding.state
    }
  }
  return { offending: answers.slice(explained, contradictory), prefix, state, states }
}

/** What was known when the last of these answers came: others were under way, or still to be called. */
const withAnswers = <O, R>(
  { operations }: Partition<O, R>,
  answers: ReadonlyArray<HistoryOperation<O, R>>
) => {
  const now = answers.at(-1)?.return ?? -Infinity
  const answered = new Set(answers)
  const originals = new Map<HistoryOperation<O, R>, HistoryOperation<O, R>>()
  for (const each of operations) {
    if (each.call > now) continue
    const { call, client, operation } = each
    const isSettled = each.status === "fail" || answered.has(each)
    originals.set(isSettled ? each : { client, operation, call, status: "unknown" }, each)
  }
  return { operations: [...originals.keys()], originals }
}
