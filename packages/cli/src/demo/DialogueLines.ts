/**
 * A session with a program: lines in, one line out for each, nothing else on
 * standard output. News are log messages, so they go where logs go.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Effect, Layer, Stream } from "effect"
import type { Readable, Writable } from "node:stream"
import { Dialogue, InputFailed } from "./Dialogue.ts"
import * as Output from "./output.ts"

export const layer = (options: {
  readonly input: Readable
  readonly output: Writable
}): Layer.Layer<Dialogue> =>
  Layer.effect(
    Dialogue,
    Effect.map(Output.make(options.output), ({ write, closed }) =>
      Dialogue.of({
        form: "Lines",
        lines: NodeStream.fromReadable<Uint8Array, InputFailed>({
          evaluate: () => options.input,
          onError: (cause) => new InputFailed({ cause })
        }).pipe(Stream.decodeText, Stream.splitLines),
        answer: ({ text }) => write(`${text}\n`),
        announce: (text) => Effect.logInfo(text),
        hungUp: closed
      })
    )
  )
