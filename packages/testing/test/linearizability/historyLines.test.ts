import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { HistoryLineError, readHistory, SeededRandom, writeHistory } from "../../src/index.ts"
import { randomHistory } from "./randomHistory.ts"
import * as Subjects from "./subjects.ts"

const line = (fields: object): string =>
  JSON.stringify({ client: 1, op: "get", key: "k", call: 0, return: 1, status: "ok", ...fields })

const problemOf = (text: string): HistoryLineError =>
  Result.match(readHistory(text), {
    onFailure: (error) => {
      assert.instanceOf(error, HistoryLineError)
      return error
    },
    onSuccess: () => assert.fail(`read: ${text}`)
  })

describe("history lines", () => {
  it("have all nine fields, in this order", () => {
    const cas = { op: "cas", key: "k", expected: null, value: "v" } as const
    const text = writeHistory([
      { client: 3, operation: cas, call: 10, return: 25, status: "ok", result: true },
      { client: "c", operation: { op: "get", key: "\n" }, call: 11, status: "unknown" }
    ])
    assert.strictEqual(
      text,
      '{"client":3,"op":"cas","key":"k","value":"v","expected":null,"result":true,"call":10,"return":25,"status":"ok"}\n' +
        '{"client":"c","op":"get","key":"\\n","value":null,"expected":null,"result":null,"call":11,"return":null,"status":"unknown"}\n'
    )
  })

  it("read back as what was written", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const shape = {
        operations: 20,
        clients: 4,
        ties: true,
        unknownPerMille: 200,
        failPerMille: 100,
        wrongPerMille: 0
      }
      const history = randomHistory(Subjects.store, shape, new SeededRandom(seed))
      assert.deepStrictEqual(Result.getOrThrow(readHistory(writeHistory(history))), history)
    }
  })

  it("may leave out what the operation does not have, and may be empty", () => {
    assert.deepStrictEqual(Result.getOrThrow(readHistory(`\n${line({})}\r\n\n`)), [
      { client: 1, operation: { op: "get", key: "k" }, call: 0, return: 1, status: "ok", result: null }
    ])
    const cas = Result.getOrThrow(readHistory(line({ op: "cas", value: "v", result: false })))
    assert.deepInclude(cas[0]!.operation, { expected: null, value: "v" })
  })

  it.each([
    ["no JSON", "{", /JSON/],
    ["another object", "{}", /client/],
    ["an operation that is none", line({ op: "swap" }), /op/],
    ["a time that is no integer", line({ call: 0.5 }), /call/],
    ["a time as text", line({ return: "1" }), /return/],
    ["a put without a value", line({ op: "put" }), /put without a value/],
    ["a cas without a value", line({ op: "cas", result: true }), /cas without a value/],
    ["a get that answers yes", line({ result: true }), /get cannot answer true/],
    ["a put that answers a text", line({ op: "put", value: "v", result: "v" }), /put cannot answer "v"/],
    ["a delete that answers a text", line({ op: "delete", result: "v" }), /delete cannot answer "v"/],
    ["a cas without an answer", line({ op: "cas", value: "v" }), /cas cannot answer null/],
    ["an answer without its time", line({ return: null }), /status ok without a return/],
    ["a return before the call", line({ call: 2 }), /returned at 1, before it was called at 2/]
  ])("are refused with %s, by the line's number", (_, bad, problem) => {
    const error = problemOf(`${line({})}\n\n${bad}\n`)
    assert.strictEqual(error.line, 3)
    assert.match(error.message, /^line 3 of the history: /)
    assert.match(error.problem, problem)
  })
})
