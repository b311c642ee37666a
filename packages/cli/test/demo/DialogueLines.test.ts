import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Stream } from "effect"
import { PassThrough, Readable } from "node:stream"
import { Dialogue } from "../../src/demo/Dialogue.ts"
import * as DialogueLines from "../../src/demo/DialogueLines.ts"

/** The lines of such an input, or how it failed. */
const linesOf = (input: Readable) =>
  Dialogue.use(({ lines }) => Stream.runCollect(lines)).pipe(
    Effect.provide(DialogueLines.layer({ input, output: new PassThrough() }))
  )

describe("a dialogue of lines", () => {
  it.live("lines end with LF or CRLF, the last one also with the input, wherever chunks are cut", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from("put x ü\r\n\nget x")
      const cut = Array.from(bytes, (_, position) => bytes.subarray(position, position + 1))
      assert.deepStrictEqual(yield* linesOf(Readable.from(cut)), ["put x ü", "", "get x"])
      assert.deepStrictEqual(yield* linesOf(Readable.from([])), [])
    })
  )

  it.live("an input that breaks off is not one that ends", () =>
    Effect.gen(function* () {
      const broken = new Readable({ read: (): void => void broken.destroy(new Error("EIO")) })
      const error = yield* Effect.flip(linesOf(broken))
      assert.strictEqual(error.message, "standard input cannot be read: Error: EIO")
    })
  )

  it.live("answers are lines of the output, news are not", () =>
    Effect.gen(function* () {
      const output = new PassThrough({ encoding: "utf8" })
      const logs: Array<string> = []
      const logger = Logger.make(({ message }) => logs.push(String(message)))
      yield* Dialogue.use((dialogue) =>
        Effect.gen(function* () {
          yield* dialogue.announce("server 1 leads term 1")
          yield* dialogue.answer({ _tag: "Done", text: "ok" })
          yield* dialogue.answer({ _tag: "Failed", text: "error: no" })
        })
      ).pipe(
        Effect.provide(DialogueLines.layer({ input: Readable.from([]), output })),
        Effect.provide(Logger.layer([logger]))
      )
      assert.deepStrictEqual(logs, ["server 1 leads term 1"])
      assert.strictEqual(output.read(), "ok\nerror: no\n")
    })
  )
})
