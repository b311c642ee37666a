/**
 * What clients saw: each operation with the time it was called, the time it
 * returned and what came back, or that nobody knows what became of it.
 *
 * Times are integer nanoseconds of one clock, the same for all clients.
 */
import { Result, Schema } from "effect"

export type Client = number | string

/** It returned `result`: it took effect once, between `call` and `return`. */
export interface CompletedOperation<Operation, Result> {
  readonly client: Client
  readonly operation: Operation
  readonly call: number
  readonly return: number
  readonly status: "ok"
  readonly result: Result
}

/** It was refused: it certainly never took effect and never will. */
export interface FailedOperation<Operation> {
  readonly client: Client
  readonly operation: Operation
  readonly call: number
  readonly return: number
  readonly status: "fail"
}

/** No answer came: it may take effect at any time from `call` on, or never. */
export interface UnknownOperation<Operation> {
  readonly client: Client
  readonly operation: Operation
  readonly call: number
  /** When the client gave up. It bounds nothing: the operation may take effect later. */
  readonly return?: number | undefined
  readonly status: "unknown"
}

export type HistoryOperation<Operation, Result> =
  | CompletedOperation<Operation, Result>
  | FailedOperation<Operation>
  | UnknownOperation<Operation>

export type History<Operation, Result> = ReadonlyArray<HistoryOperation<Operation, Result>>

/** What a client knows of an operation that may have taken effect. */
export type Outcome<Result> =
  | { readonly _tag: "Known"; readonly result: Result }
  | { readonly _tag: "Unknown" }

/** A list of operations that no clients can have seen. */
export class InvalidHistory extends Schema.TaggedError<InvalidHistory>()("InvalidHistory", {
  /** Which operation, counted from 0. */
  position: Schema.Number,
  problem: Schema.String
}) {
  override get message(): string {
    return `operation ${this.position} of the history: ${this.problem}`
  }
}

/**
 * The history, if clients can have seen it.
 *
 * A client waits for an answer before its next call, unless it gave up and the
 * outcome is unknown. Operations that one client called at the same instant
 * were called in the order of the list.
 */
export const validateHistory = <O, R>(
  history: History<O, R>
): Result.Result<History<O, R>, InvalidHistory> => {
  for (const [position, operation] of history.entries()) {
    const problem = timeProblem(operation)
    if (problem !== undefined) return Result.fail(new InvalidHistory({ position, problem }))
  }
  return overlap(history) ?? Result.succeed(history)
}

const timeProblem = (operation: HistoryOperation<unknown, unknown>): string | undefined => {
  if (!Number.isSafeInteger(operation.call)) return `its call, ${operation.call}, is not a safe integer`
  if (operation.return === undefined) {
    return operation.status === "unknown" ? undefined : `status ${operation.status} without a return`
  }
  if (!Number.isSafeInteger(operation.return)) return `its return, ${operation.return}, is not a safe integer`
  if (operation.return < operation.call) {
    return `it returned at ${operation.return}, before it was called at ${operation.call}`
  }
  return undefined
}

const overlap = (history: History<unknown, unknown>): Result.Result<never, InvalidHistory> | undefined => {
  const busyThrough = new Map<Client, number>()
  for (const position of positionsByCall(history)) {
    const operation = history[position]!
    const before = busyThrough.get(operation.client) ?? Number.MIN_SAFE_INTEGER
    if (operation.call < before) {
      const problem = `client ${operation.client} called it at ${operation.call}, while it waited until ${before} for another`
      return Result.fail(new InvalidHistory({ position, problem }))
    }
    if (operation.status !== "unknown") busyThrough.set(operation.client, operation.return)
  }
  return undefined
}

/** Positions in the order of the calls; calls at one instant stay in the order of the list. */
export const positionsByCall = (history: History<unknown, unknown>): ReadonlyArray<number> =>
  Array.from(history.keys()).toSorted(
    (left, right) => history[left]!.call - history[right]!.call || left - right
  )
