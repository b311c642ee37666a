import { logIndex, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type LabCommand, LabCommandSchema, labStateMachine } from "../../src/index.ts"

const Text = Schema.String.check(Schema.isPattern(/^[^\0\ud800-\udfff]*$/))

const committed = (command: LabCommand, index: number) => ({
  index: logIndex(index),
  term: term(1),
  time: 0,
  command
})

describe("commands of the suite", () => {
  it.prop("come back from their bytes", { command: Schema.Union([Schema.Finite, Text]) }, ({ command }) => {
    const bytes = Schema.encodeSync(LabCommandSchema)(command)
    assert.strictEqual(Schema.decodeSync(LabCommandSchema)(bytes), command)
  })

  it("integers are short, texts as long as they are", () => {
    assert.lengthOf(Schema.encodeSync(LabCommandSchema)(2 ** 31 - 1), 9)
    assert.lengthOf(Schema.encodeSync(LabCommandSchema)("x".repeat(5000)), 5000)
  })

  it("each gets one result from the state machine", () => {
    const results = Effect.runSync(labStateMachine.apply([committed(1, 1), committed("two", 2)]))
    assert.lengthOf(results, 2)
  })
})
