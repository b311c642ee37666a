/**
 * Long histories of a key/value store, as a healthy cluster under load would
 * leave them: each client waits for its answer, some answers never come.
 */
import type { CompletedOperation, HistoryOperation, SeededRandom } from "../../src/index.ts"
import type { KeyValueOperation, KeyValueResult, KeyValueState } from "../../src/index.ts"

export type KeyValueHistoryOperation = HistoryOperation<KeyValueOperation, KeyValueResult>

export interface Workload {
  readonly operations: number
  readonly clients: number
  readonly keys: number
  readonly unknownPerMille: number
  /** Out of ten operations: how many read, and how many compare and set. The rest put, and append if asked to. */
  readonly gets: number
  readonly cas: number
  readonly appends: number
}

const millisecond = 1_000_000

interface Running {
  readonly client: number
  readonly operation: KeyValueOperation
  readonly call: number
  readonly return: number
  readonly point: number
  readonly isUnknown: boolean
}

export const workload = (options: Workload, random: SeededRandom): Array<KeyValueHistoryOperation> => {
  const state = new Map<string, KeyValueState>()
  const clock = Array.from({ length: options.clients }, () => random.below(10 * millisecond))
  const running: Array<Running> = []
  for (let position = 0; position < options.operations; position++) {
    const client = position % options.clients
    const call = clock[client]! + random.below(2 * millisecond)
    const end = call + 1 + random.below(10 * millisecond)
    clock[client] = end + 1
    const isUnknown = random.chance(options.unknownPerMille)
    const late = isUnknown ? random.below(100 * millisecond) : 0
    const point = isUnknown && random.chance(500) ? Infinity : call + random.fraction() * (end - call) + late
    running.push({
      client,
      operation: operationOf(options, position, random),
      call,
      return: end,
      point,
      isUnknown
    })
  }

  // A compare-and-set of what the key held in truth: its outcome is not a foregone one.
  const results = new Map<Running, KeyValueResult>()
  for (const each of running.toSorted((left, right) => left.point - right.point)) {
    if (each.point === Infinity) break
    const { operation } = each
    const [next, result] = perform(state.get(operation.key) ?? null, operation)
    state.set(operation.key, next)
    results.set(each, result)
  }
  return running.map((each) => {
    const { client, operation, call } = each
    return each.isUnknown
      ? { client, operation, call, return: each.return, status: "unknown" }
      : { client, operation, call, return: each.return, status: "ok", result: results.get(each)! }
  })
}

const operationOf = (options: Workload, position: number, random: SeededRandom): KeyValueOperation => {
  const key = `key ${random.below(options.keys)}`
  const value = `${position}.`
  const draw = random.below(10)
  if (draw < options.gets) return { op: "get", key }
  if (draw < options.gets + options.cas) {
    return { op: "cas", key, expected: `${Math.max(0, position - random.below(3 * options.keys))}.`, value }
  }
  if (draw < options.gets + options.cas + options.appends) return { op: "append", key, value }
  return { op: "put", key, value }
}

const perform = (
  state: KeyValueState,
  operation: KeyValueOperation
): readonly [KeyValueState, KeyValueResult] => {
  switch (operation.op) {
    case "get":
      return [state, state]
    case "put":
      return [operation.value, null]
    case "append":
      return [(state ?? "") + operation.value, null]
    case "delete":
      return [null, state !== null]
    case "cas":
      return state === operation.expected ? [operation.value, true] : [state, false]
  }
}

/** The history with one read, at or after `position`, that sees what an earlier read of the key saw, long overwritten. */
export const withStaleRead = (
  history: ReadonlyArray<KeyValueHistoryOperation>,
  position: number
): Array<KeyValueHistoryOperation> => {
  const isRead = (each: KeyValueHistoryOperation | undefined) =>
    each?.status === "ok" && each.operation.op === "get" && each.result !== null
  let stale = position
  while (!isRead(history[stale])) stale++
  const late = history[stale] as CompletedOperation<KeyValueOperation, KeyValueResult>
  const early = history.find(
    (each) => isRead(each) && each.operation.key === late.operation.key
  ) as typeof late
  return history.with(stale, { ...late, result: early.result })
}
