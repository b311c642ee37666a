import { logIndex, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Schema, Stream } from "effect"
import { StateMachine } from "../src/index.ts"

const Command = Schema.TaggedUnion({
  Put: { key: Schema.String, value: Schema.NullOr(Schema.BigInt) },
  Log: { lines: Schema.Array(Schema.String), at: Schema.Date }
})

const text = (value: string) => new TextEncoder().encode(value)

const committed = (index: number, command: number) => ({
  index: logIndex(index),
  term: term(1),
  time: 0,
  command
})

describe("StateMachine.json", () => {
  const codec = StateMachine.json(Command)

  it.effect.prop(
    "what is written is read back",
    { command: Arbitrary.schema(Command) },
    ({ command }) =>
      Effect.gen(function* () {
        const bytes = yield* Schema.encodeEffect(codec)(command)
        assert.deepStrictEqual(yield* Schema.decodeEffect(codec)(bytes), command)
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.each(["", "é", "日本語", "🦀🦀", "\u0000", "\ufeffmark", "\ud800 alone", 'a "quote" \\ line\n'])(
    "keeps the text %j",
    (text) =>
      Effect.gen(function* () {
        const strings = StateMachine.json(Schema.String)
        const bytes = yield* Schema.encodeEffect(strings)(text)
        assert.strictEqual(yield* Schema.decodeEffect(strings)(bytes), text)
        assert.strictEqual(new TextDecoder().decode(bytes), JSON.stringify(text))
      })
  )

  const refused: ReadonlyArray<readonly [title: string, bytes: Uint8Array]> = [
    ["no bytes", new Uint8Array()],
    ["half a character", text('"é"').slice(0, 2)],
    ["half a text", text('{"_tag":"Put"')],
    ["two texts", text("{}{}")],
    ["another value than the schema's", text('{"_tag":"Get","key":"x"}')],
    ["a field of another type", text('{"_tag":"Put","key":1,"value":2}')]
  ]

  it.effect.each(refused)("refuses %s, as an error and not a defect", ([, bytes]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Schema.decodeEffect(codec)(bytes))
      assert.strictEqual(error._tag, "SchemaError")
    })
  )

  it.effect("refuses a text with bytes that are not UTF-8, rather than read another text", () =>
    Effect.gen(function* () {
      const strings = StateMachine.json(Schema.String)
      const error = yield* Effect.flip(Schema.decodeEffect(strings)(new Uint8Array([0x22, 0xff, 0x22])))
      assert.include(error.message, "UTF-8")
    })
  )

  it.effect("refuses to write what it could not read again, as an error and not a defect", () =>
    Effect.gen(function* () {
      const anything = StateMachine.json(Schema.Any)
      const loop: Record<string, unknown> = {}
      loop["self"] = loop
      const silent = { toJSON: () => undefined }
      for (const value of [undefined, silent, loop, 1n]) {
        const error = yield* Effect.flip(Schema.encodeEffect(anything)(value))
        assert.strictEqual(error._tag, "SchemaError")
      }
    })
  )
})

describe("StateMachine.pure", () => {
  const summing = StateMachine.pure({
    command: StateMachine.json(Schema.Number),
    result: Schema.Tuple([Schema.Number, Schema.Number]),
    initial: 0,
    apply: (total, { command, index }) => {
      if (command < 0) throw new RangeError("only up")
      return [total + command, [index, total + command] as const]
    }
  })

  it.effect("threads its state through batches, and gives one result for each command", () =>
    Effect.gen(function* () {
      const machine = yield* summing
      assert.deepStrictEqual(yield* machine.apply([committed(1, 5), committed(2, 6)]), [
        [1, 5],
        [2, 11]
      ])
      assert.deepStrictEqual(yield* machine.apply([]), [])
      assert.deepStrictEqual(yield* machine.apply([committed(4, 1)]), [[4, 12]])
      assert.strictEqual(yield* machine.appliedIndex, 0)
    })
  )

  it.effect("begins anew each time it is made", () =>
    Effect.gen(function* () {
      const first = yield* summing
      yield* first.apply([committed(1, 5)])
      const second = yield* summing
      assert.deepStrictEqual(yield* second.apply([committed(1, 7)]), [[1, 7]])
    })
  )

  it.effect("keeps the state from before a batch that it could not apply", () =>
    Effect.gen(function* () {
      const machine = yield* summing
      yield* machine.apply([committed(1, 5)])
      const exit = yield* Effect.exit(machine.apply([committed(2, 1), committed(3, -1)]))
      assert.strictEqual(exit._tag, "Failure")
      assert.deepStrictEqual(yield* machine.apply([committed(2, 1)]), [[2, 6]])
    })
  )
})

describe("§7 snapshots of a pure state machine", () => {
  const summing = StateMachine.pure({
    command: StateMachine.json(Schema.Number),
    result: Schema.Number,
    initial: 0,
    state: StateMachine.json(Schema.Number),
    apply: (total, { command }) => [total + command, total + command]
  })

  const encoded = Effect.fnUntraced(function* ({ snapshots }: StateMachine.StateMachine<number, number>) {
    const { encode } = yield* snapshots!.capture
    return yield* Stream.runCollect(encode)
  })

  it.effect("come back on another server, from pieces of any size, in place of all it held", () =>
    Effect.gen(function* () {
      const first = yield* summing
      yield* first.apply([committed(1, 5), committed(2, 600)])
      const pieces = (yield* encoded(first)).flatMap((piece) => [piece.subarray(0, 1), piece.subarray(1)])
      const second = yield* summing
      yield* second.apply([committed(1, 77)])
      yield* second.snapshots!.restore(Stream.fromIterable(pieces))
      assert.deepStrictEqual(yield* second.apply([committed(3, 1)]), [606])
    })
  )

  it.effect("are of the moment they were caught in, however late they are encoded", () =>
    Effect.gen(function* () {
      const machine = yield* summing
      yield* machine.apply([committed(1, 5)])
      const { encode } = yield* machine.snapshots!.capture
      yield* machine.apply([committed(2, 6)])
      assert.deepStrictEqual(yield* Stream.runCollect(encode), [text("5")])
    })
  )

  it.effect("that are none are a defect, and change nothing; so does a stream that fails, as it failed", () =>
    Effect.gen(function* () {
      const machine = yield* summing
      yield* machine.apply([committed(1, 5)])
      const { restore } = machine.snapshots!
      assert.isTrue(Exit.hasDies(yield* Effect.exit(restore(Stream.make(text("five"))))))
      const cut = Stream.concat(Stream.make(text("7")), Stream.fail("unreadable"))
      assert.strictEqual(yield* Effect.flip(restore(cut)), "unreadable")
      assert.deepStrictEqual(yield* machine.apply([committed(2, 1)]), [6])
    })
  )

  it.effect("need a schema of the state: without one there are none", () =>
    Effect.gen(function* () {
      const machine = yield* StateMachine.pure({
        command: StateMachine.json(Schema.Number),
        result: Schema.Number,
        initial: 0,
        apply: (total) => [total, total]
      })
      assert.isUndefined(machine.snapshots)
    })
  )
})
