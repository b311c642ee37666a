/**
 * Linearizability by its definition, for small histories: try every order.
 *
 * It shares nothing with the checker under test but the model's `step`: no
 * partitions, no memory, no hints, no sorting of events.
 */
import type { History, HistoryOperation, SequentialModel } from "../../src/index.ts"

export const isLinearizable = <S, O, R>(model: SequentialModel<S, O, R>, history: History<O, R>): boolean => {
  const from = (state: S, left: ReadonlyArray<HistoryOperation<O, R>>): boolean =>
    left.every(({ status }) => status !== "ok") ||
    left.some(
      (each) =>
        left.every((other) => !precedes(history, other, each)) &&
        model.step(state, each.operation, outcomeOf(each)).some((next) =>
          from(
            next,
            left.filter((other) => other !== each)
          )
        )
    )
  return from(
    model.initial,
    history.filter(({ status }) => status !== "fail")
  )
}

/**
 * The same for histories of up to thirty operations: it never tries the same
 * ones, leading to the same state, twice.
 */
export const isLinearizableByMemory = <S, O, R>(
  model: SequentialModel<S, O, R>,
  history: History<O, R>
): boolean => {
  const effective = history.filter(({ status }) => status !== "fail")
  const before = effective.map((each) =>
    effective.reduce((mask, other, bit) => (precedes(history, other, each) ? mask | (1 << bit) : mask), 0)
  )
  const mandatory = effective.reduce(
    (mask, { status }, bit) => (status === "ok" ? mask | (1 << bit) : mask),
    0
  )
  const seen = new Set<string>()

  const from = (state: S, done: number): boolean => {
    if ((done & mandatory) === mandatory) return true
    const here = `${done} ${model.key(state)}`
    if (seen.has(here)) return false
    seen.add(here)
    return effective.some(
      (each, bit) =>
        (done & (1 << bit)) === 0 &&
        (before[bit]! & ~done) === 0 &&
        model.step(state, each.operation, outcomeOf(each)).some((next) => from(next, done | (1 << bit)))
    )
  }
  return from(model.initial, 0)
}

/** Whether `order` explains its results, keeps to the clock, and has all that must be in it and nothing else. */
export const isLinearization = <S, O, R>(
  model: SequentialModel<S, O, R>,
  history: History<O, R>,
  order: History<O, R>
): boolean => {
  const isOnce = new Set(order).size === order.length
  const isComplete = history.every((each) => each.status !== "ok" || order.includes(each))
  const isOfHistory = order.every((each) => each.status !== "fail" && history.includes(each))
  const keepsToClock = order.every((each, position) =>
    order.slice(position + 1).every((later) => !precedes(history, later, each))
  )
  let states: ReadonlyArray<S> = [model.initial]
  for (const each of order) {
    states = states.flatMap((state) => model.step(state, each.operation, outcomeOf(each)))
  }
  return isOnce && isComplete && isOfHistory && keepsToClock && states.length > 0
}

const outcomeOf = <O, R>(each: HistoryOperation<O, R>) =>
  each.status === "ok" ? ({ _tag: "Known", result: each.result } as const) : ({ _tag: "Unknown" } as const)

const precedes = <O, R>(
  history: History<O, R>,
  before: HistoryOperation<O, R>,
  after: HistoryOperation<O, R>
): boolean =>
  before !== after &&
  before.status === "ok" &&
  (before.return < after.call ||
    (before.return === after.call &&
      before.client === after.client &&
      (before.call < after.call || history.indexOf(before) < history.indexOf(after))))
