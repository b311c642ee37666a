import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Writable } from "node:stream"
import * as Output from "../../src/demo/output.ts"

const soon = "20 millis"

const isDone = <A>(effect: Effect.Effect<A>) => Effect.map(Effect.timeoutOption(effect, soon), Option.isSome)

describe("output", () => {
  it.live("a write waits until its text has left", () =>
    Effect.gen(function* () {
      const leaving: Array<() => void> = []
      const output = yield* Output.make(
        new Writable({ write: (_chunk, _encoding, callback) => void leaving.push(callback) })
      )
      const write = yield* Effect.forkChild(output.write("x"), { startImmediately: true })
      yield* Effect.sleep(soon)
      assert.isUndefined(write.pollUnsafe())
      leaving[0]?.()
      yield* Effect.sleep(soon)
      assert.isDefined(write.pollUnsafe())
      assert.isFalse(yield* isDone(output.closed))
    })
  )

  it.live("a write that breaks means closed: it waits for ever, and so does every later one", () =>
    Effect.gen(function* () {
      const output = yield* Output.make(
        new Writable({ write: (_chunk, _encoding, callback) => callback(new Error("EPIPE")) })
      )
      assert.isFalse(yield* isDone(output.write("x")))
      assert.isTrue(yield* isDone(output.closed))
      assert.isFalse(yield* isDone(output.write("y")))
    })
  )

  it.live("a stream that was gone before is found out by the first write", () =>
    Effect.gen(function* () {
      const stream = new Writable({ write: (_chunk, _encoding, callback) => callback() })
      stream.destroy()
      const output = yield* Output.make(stream)
      assert.isFalse(yield* isDone(output.write("x")))
      assert.isTrue(yield* isDone(output.closed))
    })
  )
})
