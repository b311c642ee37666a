/**
 * Histories of a key/value store as text: one operation a line, each a JSON
 * object `{ client, op, key, value, expected, result, call, return, status }`.
 *
 * What an operation does not have is written as `null` and may be left out when
 * read: only `put`, `append` and `cas` have a value, only `cas` expects one, an
 * unknown outcome has no result. Times are integer nanoseconds.
 */
import { Result, Schema } from "effect"
import type { History, HistoryOperation } from "./history.ts"
import type { KeyValueOperation, KeyValueResult } from "./keyValueModel.ts"

/** A line that is no operation. */
export class HistoryLineError extends Schema.TaggedError<HistoryLineError>()("HistoryLineError", {
  /** Counted from 1. */
  line: Schema.Number,
  problem: Schema.String
}) {
  override get message(): string {
    return `line ${this.line} of the history: ${this.problem}`
  }
}

/** One line per operation, each ended by a line feed. */
export const writeHistory = (history: History<KeyValueOperation, KeyValueResult>): string =>
  history.map((each) => `${JSON.stringify(lineOf(each))}\n`).join("")

/** The operations of a text, in its order; empty lines are passed over. */
export const readHistory = (
  text: string
): Result.Result<History<KeyValueOperation, KeyValueResult>, HistoryLineError> => {
  const history: Array<HistoryOperation<KeyValueOperation, KeyValueResult>> = []
  for (const [position, content] of text.split("\n").entries()) {
    if (content.trim() === "") continue
    const line = position + 1
    const decoded = decodeLine(content)
    if (Result.isFailure(decoded)) {
      return Result.fail(new HistoryLineError({ line, problem: decoded.failure.message }))
    }
    const operation = historyOperation(decoded.success)
    if (typeof operation === "string") return Result.fail(new HistoryLineError({ line, problem: operation }))
    history.push(operation)
  }
  return Result.succeed(history)
}

const optionalText = Schema.optional(Schema.NullOr(Schema.String))

const Line = Schema.Struct({
  client: Schema.Union([Schema.Int, Schema.String]),
  op: Schema.Literals(["get", "put", "append", "delete", "cas"]),
  key: Schema.String,
  value: optionalText,
  expected: optionalText,
  result: Schema.optional(Schema.NullOr(Schema.Union([Schema.String, Schema.Boolean]))),
  call: Schema.Int,
  return: Schema.optional(Schema.NullOr(Schema.Int)),
  status: Schema.Literals(["ok", "fail", "unknown"])
})
type Line = typeof Line.Type

const decodeLine = Schema.decodeUnknownResult(Schema.fromJsonString(Line))

const lineOf = (each: HistoryOperation<KeyValueOperation, KeyValueResult>): Line => {
  const { call, client, operation, status } = each
  return {
    client,
    op: operation.op,
    key: operation.key,
    value: "value" in operation ? operation.value : null,
    expected: "expected" in operation ? operation.expected : null,
    result: status === "ok" ? each.result : null,
    call,
    return: each.return ?? null,
    status
  }
}

/** The operation, or what is wrong with the line. */
const historyOperation = (line: Line): HistoryOperation<KeyValueOperation, KeyValueResult> | string => {
  const operation = operationOf(line)
  if (typeof operation === "string") return operation
  const { call, client, status } = line
  const end = line.return ?? undefined
  const result = line.result ?? null

  if (status === "unknown") return { client, operation, call, return: end, status }
  if (end === undefined) return `status ${status} without a return`
  if (end < call) return `it returned at ${end}, before it was called at ${call}`
  if (status === "fail") return { client, operation, call, return: end, status }
  return fits(line.op, result)
    ? { client, operation, call, return: end, status, result }
    : `${line.op} cannot answer ${JSON.stringify(result)}`
}

const operationOf = ({ expected, key, op, value }: Line): KeyValueOperation | string => {
  switch (op) {
    case "get":
    case "delete":
      return { op, key }
    case "put":
    case "append":
      return typeof value === "string" ? { op, key, value } : `${op} without a value`
    case "cas":
      return typeof value === "string"
        ? { op, key, expected: expected ?? null, value }
        : `${op} without a value`
  }
}

const fits = (op: Line["op"], result: KeyValueResult): boolean => {
  switch (op) {
    case "get":
      return typeof result !== "boolean"
    case "put":
    case "append":
      return result === null
    case "delete":
      return typeof result !== "string"
    case "cas":
      return typeof result === "boolean"
  }
}
