/**
 * Histories of clients that used an object at random, as they truly happened or
 * with some answers replaced.
 */
import type { HistoryOperation, SeededRandom } from "../../src/index.ts"
import type { Subject } from "./subjects.ts"

export interface HistoryShape {
  readonly operations: number
  readonly clients: number
  /** Whether several events may fall on one instant. */
  readonly ties: boolean
  readonly unknownPerMille: number
  readonly failPerMille: number
  /** Of the answers, how many are replaced by any answer. */
  readonly wrongPerMille: number
}

export type MutableHistory<O, R> = Array<HistoryOperation<O, R>>

interface Plan<O> {
  readonly client: number
  readonly operation: O
  readonly status: HistoryOperation<O, never>["status"]
  call: number
  return: number
  /** When it takes effect; never, if infinite. */
  point: number
}

export const randomHistory = <S, O, R>(
  subject: Subject<S, O, R>,
  shape: HistoryShape,
  random: SeededRandom
): MutableHistory<O, R> => {
  const plans = shape.ties ? plan(subject, shape, random) : apart(plan(subject, shape, random))
  for (const each of plans) each.point = pointOf(each, random)
  keepClientOrder(plans)

  const results = new Map<Plan<O>, R>()
  let state = subject.model.initial
  for (const each of plans.toSorted((left, right) => left.point - right.point)) {
    if (each.point === Infinity) break
    const [next, result] = subject.perform(state, each.operation, random)
    state = next
    results.set(each, random.chance(shape.wrongPerMille) ? subject.anyResult(each.operation, random) : result)
  }
  return plans.map((each) => toOperation(each, results.get(each)!))
}

const plan = <S, O, R>(
  subject: Subject<S, O, R>,
  shape: HistoryShape,
  random: SeededRandom
): ReadonlyArray<Plan<O>> => {
  const clock = Array.from({ length: shape.clients }, () => random.below(3))
  return Array.from({ length: shape.operations }, () => {
    const client = random.below(shape.clients)
    const call = clock[client]! + random.below(3)
    const end = call + random.below(5)
    clock[client] = end
    const draw = random.below(1000)
    const status =
      draw < shape.unknownPerMille
        ? "unknown"
        : draw < shape.unknownPerMille + shape.failPerMille
          ? "fail"
          : "ok"
    return { client, operation: subject.operation(random), status, call, return: end, point: 0 }
  })
}

/** The same plans with every event at an instant of its own. */
const apart = <O>(plans: ReadonlyArray<Plan<O>>): ReadonlyArray<Plan<O>> => {
  const moved = plans.map((each) => ({ ...each }))
  const events = moved.flatMap((each) => [
    { at: each.call, move: (to: number) => (each.call = to) },
    { at: each.return, move: (to: number) => (each.return = to) }
  ])
  // Sorting keeps the order of a client's own events, which is that of the list.
  for (const [rank, event] of events.toSorted((left, right) => left.at - right.at).entries()) event.move(rank)
  return moved
}

const pointOf = <O>({ call, return: end, status }: Plan<O>, random: SeededRandom): number => {
  switch (status) {
    case "ok":
      return call + random.fraction() * (end - call)
    case "fail":
      return Infinity
    case "unknown":
      return random.chance(400) ? Infinity : call + random.fraction() * 20
  }
}

/** Where the clock does not tell, what a client calls later takes effect later. */
const keepClientOrder = <O>(plans: ReadonlyArray<Plan<O>>): void => {
  const latest = new Map<number, number>()
  for (const each of plans) {
    if (each.point === Infinity) continue
    each.point = Math.max(each.point, Math.min(latest.get(each.client) ?? 0, each.return))
    if (each.status === "ok") latest.set(each.client, each.point)
  }
}

const toOperation = <O, R>(each: Plan<O>, result: R): HistoryOperation<O, R> => {
  const { call, client, operation, status } = each
  switch (status) {
    case "ok":
      return { client, operation, call, return: each.return, status, result }
    case "fail":
      return { client, operation, call, return: each.return, status }
    case "unknown":
      return { client, operation, call, return: each.return, status }
  }
}
