import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, HashMap, Schema } from "effect"
import type { StateMachine } from "effect-raft"
import { type KvCommand, type KvResult, KvStateMachine } from "../src/index.ts"

/** Not the schema under test, which would draw only what it keeps. */
const commandOf = (key: Schema.Codec<string>) =>
  Schema.TaggedUnion({
    Put: { key, value: Schema.String },
    Append: { key, value: Schema.String },
    Get: { key },
    Delete: { key }
  })

/** Few keys, so that commands meet; among them those that a plain object would get wrong. */
const Key = Schema.Literals(["", "a", "b", "__proto__", "constructor", "hasOwnProperty"])
const Commands = Arbitrary.array(Arbitrary.schema(commandOf(Key)), { minLength: 0, maxLength: 40 })

describe("the replicated map", () => {
  it.prop(
    "answers and holds what a plain Map would",
    { commands: Commands },
    ({ commands }) => {
      const model = new Map<string, string>()
      let state = KvStateMachine.initial

      for (const command of commands) {
        const [next, result] = KvStateMachine.apply(state, command)
        assert.deepStrictEqual(result, applyToModel(model, command))
        assert.deepStrictEqual(new Map(HashMap.entries(next)), model)
        state = next
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it.prop(
    "an earlier state is not touched by later commands",
    { commands: Commands, command: Arbitrary.schema(commandOf(Key)) },
    ({ commands, command }) => {
      const before = stateAfter(commands)
      const held = new Map(HashMap.entries(before))
      KvStateMachine.apply(before, command)
      assert.deepStrictEqual(new Map(HashMap.entries(before)), held)
    },
    { arbitrary: { runs: 100 } }
  )

  it.effect.prop(
    "a machine answers the same, however the log is cut into batches",
    { commands: Commands, batchSize: Arbitrary.schema(Schema.Literals([1, 2, 7])) },
    ({ commands, batchSize }) =>
      Effect.gen(function* () {
        const whole = yield* KvStateMachine.make
        const parts = yield* KvStateMachine.make

        const expected = yield* whole.apply(committed(commands))
        const answered: Array<KvResult> = []
        for (let start = 0; start < commands.length; start += batchSize) {
          answered.push(...(yield* parts.apply(committed(commands).slice(start, start + batchSize))))
        }

        assert.deepStrictEqual(answered, [...expected])
      }),
    { arbitrary: { runs: 100 } }
  )

  it.effect("two machines made one after the other share nothing", () =>
    Effect.gen(function* () {
      const first = yield* KvStateMachine.make
      yield* first.apply(committed([{ _tag: "Put", key: "x", value: "1" }]))
      const second = yield* KvStateMachine.make
      assert.deepStrictEqual(yield* second.apply(committed([{ _tag: "Get", key: "x" }])), [
        { _tag: "NotFound" }
      ])
    })
  )

  it.effect.prop(
    "a command survives the log, whatever its strings hold",
    { command: Arbitrary.schema(commandOf(Schema.String)) },
    ({ command }) => survivesTheLog(command),
    { arbitrary: { runs: 100 } }
  )

  it.effect("also blanks at the ends and lone surrogates", () =>
    Effect.forEach(
      [
        { _tag: "Put", key: " a ", value: "\ud800" },
        { _tag: "Append", key: "\udfff", value: "\n" },
        { _tag: "Get", key: " a " },
        { _tag: "Delete", key: "" }
      ] as const,
      survivesTheLog
    )
  )
})

const survivesTheLog = Effect.fnUntraced(function* (command: KvCommand) {
  const machine = yield* KvStateMachine.make
  const bytes = yield* Schema.encodeEffect(machine.command)(command)
  assert.deepStrictEqual(yield* Schema.decodeEffect(machine.command)(bytes), command)
})

const applyToModel = (model: Map<string, string>, command: KvCommand): KvResult => {
  const held = model.get(command.key)
  switch (command._tag) {
    case "Put":
      model.set(command.key, command.value)
      return { _tag: "Stored" }
    case "Append":
      model.set(command.key, (held ?? "") + command.value)
      return { _tag: "Stored" }
    case "Get":
      return held === undefined ? { _tag: "NotFound" } : { _tag: "Found", value: held }
    case "Delete":
      return model.delete(command.key) ? { _tag: "Deleted" } : { _tag: "NotFound" }
  }
}

const stateAfter = (commands: ReadonlyArray<KvCommand>): KvStateMachine.KvState =>
  commands.reduce((state, command) => KvStateMachine.apply(state, command)[0], KvStateMachine.initial)

const committed = (commands: ReadonlyArray<KvCommand>) =>
  commands.map(
    (command, position) =>
      ({ index: position + 1, term: 1, time: 0, command }) as StateMachine.CommittedCommand<KvCommand>
  )

describe("snapshots of the map", () => {
  it.effect.prop(
    "§7 come back as the same map, whatever its keys are",
    { commands: Commands },
    ({ commands }) =>
      Effect.gen(function* () {
        const first = yield* KvStateMachine.make
        yield* first.apply(committed(commands))
        const { encode } = yield* first.snapshots!.capture
        const second = yield* KvStateMachine.make
        yield* second.snapshots!.restore(encode)
        const keys = ["", "a", "b", "__proto__", "constructor", "hasOwnProperty"]
        const asked = committed(keys.map((key) => ({ _tag: "Get", key })))
        assert.deepStrictEqual(yield* second.apply(asked), yield* first.apply(asked))
      }),
    { arbitrary: { runs: 100 } }
  )
})
