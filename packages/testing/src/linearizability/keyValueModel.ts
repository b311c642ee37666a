/**
 * The sequential model of a key/value store: texts by key, each key on its own.
 */
import type { HistoryOperation, Outcome } from "./history.ts"
import type { SequentialModel } from "./sequentialModel.ts"

/** `op` spells the operation as the lines of a history file do. */
export type KeyValueOperation =
  | { readonly op: "get"; readonly key: string }
  | { readonly op: "put"; readonly key: string; readonly value: string }
  /** Puts `value` behind what the key holds; an absent key counts as empty. */
  | { readonly op: "append"; readonly key: string; readonly value: string }
  | { readonly op: "delete"; readonly key: string }
  /** Compare-and-set: puts `value` if the key holds `expected`, where `null` means that it is absent. */
  | { readonly op: "cas"; readonly key: string; readonly expected: string | null; readonly value: string }

/**
 * By operation:
 *
 * - `get`: the value, or `null` for an absent key
 * - `put`, `append`: `null`
 * - `delete`: whether the key was there, or `null` if the store does not tell
 * - `cas`: whether it put the value
 */
export type KeyValueResult = string | boolean | null

/** What one key holds. */
export type KeyValueState = string | null

export interface KeyValueModelOptions {
  /** What each key holds before the first write: `null`, absent, unless told; some stores have `""`. */
  readonly initial?: KeyValueState
}

export const keyValueModel = (
  options?: KeyValueModelOptions
): SequentialModel<KeyValueState, KeyValueOperation, KeyValueResult> => ({
  initial: options?.initial ?? null,
  step,
  // A number is no text, so absence is no value.
  key: (state) => state ?? 0,
  partition: ({ key }) => key,
  isReadOnly,
  leavesNoTrace,
  needs,
  mayLeadTo,
  overwrites: ({ op }) => op === "put" || op === "delete",
  tellsApart,
  describe,
  describeState: (state) => JSON.stringify(state)
})

const step = (
  state: KeyValueState,
  operation: KeyValueOperation,
  outcome: Outcome<KeyValueResult>
): ReadonlyArray<KeyValueState> => {
  switch (operation.op) {
    case "get":
      return answers(outcome, state) ? [state] : []
    case "put":
      return [operation.value]
    case "append":
      return [(state ?? "") + operation.value]
    case "delete":
      return answers(outcome, state !== null) || isUntold(outcome) ? [null] : []
    case "cas": {
      const swaps = state === operation.expected
      if (!answers(outcome, swaps)) return []
      return [swaps ? operation.value : state]
    }
  }
}

const answers = (outcome: Outcome<KeyValueResult>, result: KeyValueResult): boolean =>
  outcome._tag === "Unknown" || outcome.result === result

const isUntold = (outcome: Outcome<KeyValueResult>): boolean =>
  outcome._tag === "Known" && outcome.result === null

const isReadOnly = ({ op }: KeyValueOperation, outcome: Outcome<KeyValueResult>): boolean => {
  switch (op) {
    case "get":
      return true
    case "put":
    case "append":
      return false
    case "delete":
    case "cas":
      return outcome._tag === "Known" && outcome.result === false
  }
}

const needs = (operation: KeyValueOperation, outcome: Outcome<KeyValueResult>): KeyValueState | undefined => {
  if (outcome._tag === "Unknown") return undefined
  switch (operation.op) {
    case "get":
      return typeof outcome.result === "boolean" ? undefined : outcome.result
    case "put":
    case "append":
      return undefined
    case "delete":
      return outcome.result === false ? null : undefined
    case "cas":
      return outcome.result === true ? operation.expected : undefined
  }
}

/**
 * A way to a text either continues what was there, or begins it anew with a
 * `put`, a `cas`, or an `append` after a `delete`.
 */
const mayLeadTo = (operation: KeyValueOperation, from: KeyValueState, to: KeyValueState): boolean => {
  switch (operation.op) {
    case "get":
      return false
    case "delete":
      return to === null
    case "put":
    case "cas":
      return to !== null && to.startsWith(operation.value)
    case "append": {
      const before = from ?? ""
      if (to === null) return false
      // The short comparisons first: keys may hold long texts.
      return (
        to.startsWith(operation.value) ||
        (to.startsWith(operation.value, before.length) && to.startsWith(before))
      )
    }
  }
}

const tellsApart = (
  operation: KeyValueOperation,
  outcome: Outcome<KeyValueResult>
): ReadonlyArray<KeyValueState> => {
  switch (operation.op) {
    case "get":
      return outcome._tag === "Known" && typeof outcome.result !== "boolean" ? [outcome.result] : []
    case "put":
    case "append":
      return []
    case "delete":
      return [null]
    case "cas":
      return [operation.expected]
  }
}

/**
 * A write of some text can be left out if nobody saw that text.
 *
 * Until the key is overwritten, what it holds contains the text. Nobody looked
 * in that time, or they would have seen it; so what it held did not matter. That
 * needs every look to tell all there is to see: a `cas` that found something
 * else and a `delete` that found something do not, and with one of those among
 * the answers every write may matter.
 */
const leavesNoTrace = (
  operations: ReadonlyArray<HistoryOperation<KeyValueOperation, KeyValueResult>>
): ((operation: KeyValueOperation) => boolean) => {
  if (operations.some(tellsLittle)) return () => false
  const seen = new Set(operations.map(textSeen))
  const all = [...seen].join("\u0000")
  return (operation) =>
    operation.op !== "get" &&
    operation.op !== "delete" &&
    operation.value !== "" &&
    !all.includes(operation.value)
}

const tellsLittle = (each: HistoryOperation<KeyValueOperation, KeyValueResult>): boolean =>
  each.status === "ok" &&
  ((each.operation.op === "cas" && each.result === false) ||
    (each.operation.op === "delete" && each.result === true))

const textSeen = (each: HistoryOperation<KeyValueOperation, KeyValueResult>): string => {
  if (each.operation.op === "cas") return each.operation.expected ?? ""
  return each.status === "ok" && typeof each.result === "string" ? each.result : ""
}

const describe = (operation: KeyValueOperation, outcome: Outcome<KeyValueResult>): string => {
  const result = outcome._tag === "Known" ? JSON.stringify(outcome.result) : "?"
  const key = JSON.stringify(operation.key)
  switch (operation.op) {
    case "get":
      return `get ${key} → ${result}`
    case "put":
    case "append":
      return `${operation.op} ${key} ${JSON.stringify(operation.value)}${outcome._tag === "Known" ? "" : " → ?"}`
    case "delete":
      return `delete ${key} → ${result}`
    case "cas":
      return `cas ${key} ${JSON.stringify(operation.expected)} ${JSON.stringify(operation.value)} → ${result}`
  }
}
