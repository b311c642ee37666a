/**
 * One partition of a history, laid out for the search: what must have happened
 * by each return, and what may.
 */
import { MutableHashMap, Option } from "effect"
import { type Bits, has } from "./bits.ts"
import type {
  Client,
  CompletedOperation,
  History,
  HistoryOperation,
  Outcome,
  UnknownOperation
} from "./history.ts"
import { positionsByCall } from "./history.ts"
import type { SequentialModel } from "./sequentialModel.ts"

export interface Partition<Operation, Result> {
  readonly key: string
  /** All of its operations, as the history lists them. */
  readonly operations: History<Operation, Result>
  /** In the order of time; an operation that answered took effect before its own return. */
  readonly returns: ReadonlyArray<Return<Operation, Result>>
  /** Calls that will return, by `id`; at 0 there is none. */
  readonly known: ReadonlyArray<Call<Operation, Result> | undefined>
  /** Calls without a return, in the order of their calls. */
  readonly unknown: ReadonlyArray<Call<Operation, Result>>
}

export interface Return<Operation, Result> {
  readonly of: Call<Operation, Result>
  /** Of `known`, the calls after the return before this one and not later than this return. */
  readonly knownStart: number
  readonly knownEnd: number
  /** Of `known`, the oldest call that returns here or later. */
  readonly oldestPending: number
  /** Of `unknown`, all calls until then are those from 0 on. */
  readonly unknownEnd: number
}

export interface Call<Operation, Result> {
  readonly source: Effective<Operation, Result>
  readonly outcome: Outcome<Result>
  readonly isReadOnly: boolean
  /** Its place in `known` or `unknown`. */
  readonly id: number
  /** Its bit while it is pending; calls that are never pending together share bits. */
  readonly bit: number
  /** The place in `returns` of the next return at or after the call. */
  readonly callPosition: number
  /** Its place in `returns`; infinity if it has none. */
  readonly returnPosition: number
  /** The same client's, which returned at the very instant of this call: the clock does not tell which came first. */
  readonly predecessor: Call<Operation, Result> | undefined
  /** An equal operation without a return, called earlier: while it is unused, using this one makes no difference. */
  readonly twin: Call<Operation, Result> | undefined
}

/** A point of the search: the returns before `position` are behind it, and these calls took effect. */
export interface Standpoint {
  readonly position: number
  /** The bits of pending calls that will return. */
  readonly known: Bits
  /** The bits of calls with an unknown outcome. */
  readonly unknown: Bits
}

/** Whether a call that will return has taken effect. */
export const isDone = (call: Call<unknown, unknown>, { known, position }: Standpoint): boolean =>
  call.returnPosition < position || (call.callPosition <= position && has(known, call.bit))

/** Operations that took effect or may have. */
type Effective<O, R> = CompletedOperation<O, R> | UnknownOperation<O>

export const partitionsOf = <S, O, R>(
  model: SequentialModel<S, O, R>,
  history: History<O, R>
): ReadonlyArray<Partition<O, R>> => {
  const byKey = new Map<string, Array<HistoryOperation<O, R>>>()
  for (const operation of history) {
    const key = model.partition?.(operation.operation) ?? ""
    const members = byKey.get(key)
    if (members === undefined) byKey.set(key, [operation])
    else members.push(operation)
  }
  return Array.from(byKey, ([key, operations]) => layOut(model, key, operations))
}

/** Lays out operations that are of one partition. */
export const layOut = <S, O, R>(
  model: SequentialModel<S, O, R>,
  key: string,
  operations: History<O, R>
): Partition<O, R> => {
  const effective = effectiveCalls(model, operations)
  const ends = Array.from(effective.keys())
    .filter((order) => effective[order]!.status === "ok")
    .toSorted((left, right) => endOf(effective[left]!) - endOf(effective[right]!) || left - right)
  const positions = new Map(ends.map((order, position) => [order, position]))

  const make = callMaker(model)
  const known: Array<Call<O, R> | undefined> = [undefined]
  const unknown: Array<Call<O, R>> = []
  const pending = new Map<number, Call<O, R>>()
  const freeBits: Array<number> = []
  let next = 0
  let oldestPending = 1

  const returns = ends.map((order, callPosition): Return<O, R> => {
    const knownStart = known.length
    // A call at the instant of a return counts as the earlier of the two: they overlap.
    for (; next < effective.length && effective[next]!.call <= endOf(effective[order]!); next++) {
      const source = effective[next]!
      const returnPosition = positions.get(next)
      if (returnPosition === undefined) {
        const id = unknown.length
        unknown.push(make(source, { id, bit: id, callPosition, returnPosition: Infinity }))
      } else {
        // Without a free bit, all that were ever given out are those of the pending calls.
        const bit = freeBits.pop() ?? pending.size
        const call = make(source, { id: known.length, bit, callPosition, returnPosition })
        known.push(call)
        pending.set(next, call)
      }
    }
    while (known[oldestPending]!.returnPosition < callPosition) oldestPending++
    const of = pending.get(order)!
    pending.delete(order)
    freeBits.push(of.bit)
    return { of, knownStart, knownEnd: known.length, oldestPending, unknownEnd: unknown.length }
  })

  return { key, operations, returns, known, unknown }
}

const endOf = (operation: HistoryOperation<unknown, unknown>): number => operation.return ?? Infinity

/** In the order of their calls, without those that changed nothing or need not have. */
const effectiveCalls = <S, O, R>(
  model: SequentialModel<S, O, R>,
  operations: History<O, R>
): ReadonlyArray<Effective<O, R>> => {
  const leavesNoTrace = model.leavesNoTrace?.(operations)
  return positionsByCall(operations).flatMap((position): ReadonlyArray<Effective<O, R>> => {
    const each = operations[position]!
    switch (each.status) {
      case "ok":
        return [each]
      case "fail":
        return []
      case "unknown": {
        const canMatter =
          model.isReadOnly?.(each.operation, unknownOutcome) !== true &&
          leavesNoTrace?.(each.operation) !== true
        return canMatter ? [each] : []
      }
    }
  })
}

const unknownOutcome = { _tag: "Unknown" } as const

interface CallPlace {
  readonly id: number
  readonly bit: number
  readonly callPosition: number
  readonly returnPosition: number
}

/** Makes calls one after the other, and ties each to those made before it. */
const callMaker = <S, O, R>(model: SequentialModel<S, O, R>) => {
  const latest = new Map<Client, Call<O, R>>()
  const alike = MutableHashMap.empty<O, Call<O, R>>()

  return (source: Effective<O, R>, place: CallPlace): Call<O, R> => {
    const { client, operation } = source
    const outcome: Outcome<R> =
      source.status === "ok" ? { _tag: "Known", result: source.result } : unknownOutcome
    const before = latest.get(client)
    const predecessor = before?.source.return === source.call ? before : undefined
    // One that has to wait for its predecessor is not available as early as its equals.
    const hasTwins = source.status === "unknown" && predecessor === undefined
    const twin = hasTwins ? Option.getOrUndefined(MutableHashMap.get(alike, operation)) : undefined
    const isReadOnly = model.isReadOnly?.(operation, outcome) ?? false
    const call = { source, outcome, isReadOnly, ...place, predecessor, twin }

    if (source.status === "ok") latest.set(client, call)
    if (hasTwins) MutableHashMap.set(alike, operation, call)
    return call
  }
}
