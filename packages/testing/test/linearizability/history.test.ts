import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type History, type HistoryOperation, InvalidHistory, validateHistory } from "../../src/index.ts"

const ok = (client: number | string, call: number, end: number): HistoryOperation<string, null> => ({
  client,
  operation: "work",
  call,
  return: end,
  status: "ok",
  result: null
})
const gaveUp = (client: number | string, call: number): HistoryOperation<string, null> => ({
  client,
  operation: "work",
  call,
  status: "unknown"
})

const problemOf = (history: History<string, null>): string | undefined =>
  Result.match(validateHistory(history), {
    onFailure: (error) => {
      assert.instanceOf(error, InvalidHistory)
      return error.message
    },
    onSuccess: () => undefined
  })

describe("validateHistory", () => {
  it("takes clients that wait for their answers, also without a pause between two calls", () => {
    assert.isUndefined(problemOf([]))
    assert.isUndefined(problemOf([ok(1, 0, 5), ok(2, 3, 9), ok(1, 5, 5), ok(1, 5, 8)]))
    assert.isUndefined(problemOf([ok("b", 7, 8), ok("a", 0, 9), ok("b", 0, 7)]))
  })

  it("lets a client that gave up call again at once", () => {
    assert.isUndefined(
      problemOf([gaveUp(1, 0), gaveUp(1, 0), ok(1, 1, 2), { ...gaveUp(1, 3), return: 9 }, ok(1, 4, 5)])
    )
  })

  it.each([
    [
      "a call while the client waits",
      [ok(1, 0, 5), ok(1, 4, 6)],
      "operation 1 of the history: client 1 called it at 4, while it waited until 5 for another"
    ],
    [
      "a call while the client waits for one listed later",
      [ok(1, 4, 6), ok(1, 0, 5)],
      "operation 0 of the history: client 1 called it at 4, while it waited until 5 for another"
    ],
    [
      "a return before the call",
      [ok(1, 0, 1), ok(2, 5, 4)],
      "operation 1 of the history: it returned at 4, before it was called at 5"
    ],
    [
      "giving up before the call",
      [{ ...gaveUp(1, 5), return: 4 }],
      "operation 0 of the history: it returned at 4, before it was called at 5"
    ],
    [
      "a call between two integers",
      [ok(1, 0.5, 1)],
      "operation 0 of the history: its call, 0.5, is not a safe integer"
    ],
    [
      "a return that is no number",
      [ok(1, 0, NaN)],
      "operation 0 of the history: its return, NaN, is not a safe integer"
    ],
    [
      "a time too large to be exact",
      [ok(1, 0, 2 ** 53)],
      "operation 0 of the history: its return, 9007199254740992, is not a safe integer"
    ],
    [
      "an answer without its time",
      [{ ...gaveUp(1, 0), status: "fail" } as never],
      "operation 0 of the history: status fail without a return"
    ]
  ] as ReadonlyArray<readonly [string, History<string, null>, string]>)(
    "refuses %s",
    (_, history, problem) => {
      assert.strictEqual(problemOf(history), problem)
    }
  )
})
