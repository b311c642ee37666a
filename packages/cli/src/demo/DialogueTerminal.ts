/**
 * A session with a person: a prompt with editing and history, and news that
 * push the half-typed line down instead of breaking into it.
 *
 * Owns the readline interface, and with it the terminal's raw mode, until its
 * scope closes.
 */
import { type Cause, Deferred, Effect, Layer, Queue, Stream } from "effect"
import { TerminalCapabilities } from "effect/cli"
import * as Readline from "node:readline"
import type { Readable, Writable } from "node:stream"
import { styleText } from "node:util"
import { Dialogue } from "./Dialogue.ts"
import * as Output from "./output.ts"

const prompt = "raft> "

export const layer = (options: {
  readonly input: Readable
  readonly output: Writable
}): Layer.Layer<Dialogue> =>
  Layer.effect(
    Dialogue,
    Effect.gen(function* () {
      const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
      const style = (format: Style | undefined, text: string) =>
        canColor && format !== undefined ? styleText(format, text, { validateStream: false }) : text

      const output = yield* Output.make(options.output)
      const editor = yield* openEditor(options)

      return Dialogue.of({
        form: "Terminal",
        lines: editor.lines,
        answer: ({ _tag, text }) => editor.print(style(answerStyles[_tag], text)),
        announce: (text) => editor.print(style("dim", text)),
        hungUp: Effect.raceFirst(editor.interrupted, output.closed)
      })
    })
  )

type Style = "red" | "yellow" | "dim"

const answerStyles = { Done: undefined, Failed: "red", Unknown: "yellow" } as const

const openEditor = Effect.fnUntraced(function* (options: {
  readonly input: Readable
  readonly output: Writable
}) {
  const typed = yield* Queue.unbounded<string, Cause.Done>()
  const interrupted = yield* Deferred.make<void>()
  let isOpen = true
  let isPrompting = false

  const editor = yield* Effect.acquireRelease(
    Effect.sync(() => Readline.createInterface({ ...options, prompt, terminal: true })),
    (editor) => Effect.sync(() => editor.close())
  )
  editor.on("line", (line) => {
    isPrompting = false
    Queue.offerUnsafe(typed, line)
  })
  editor.on("SIGINT", () => Deferred.doneUnsafe(interrupted, Effect.void))
  editor.on("close", () => {
    isOpen = false
    // The shell's prompt is not to start behind ours.
    if (isPrompting) options.output.write("\n")
    isPrompting = false
    Queue.endUnsafe(typed)
  })

  const showPrompt = Effect.sync(() => {
    isPrompting = isOpen
    if (isOpen) editor.prompt(true)
  })

  /** Prints above what is being typed, which may have grown over several rows. */
  const print = (text: string) =>
    Effect.sync(() => {
      const rows = isOpen ? editor.getCursorPos().rows : 0
      Readline.moveCursor(options.output, 0, -rows)
      Readline.cursorTo(options.output, 0)
      Readline.clearScreenDown(options.output)
      options.output.write(`${text}\n`)
      if (!isPrompting) return
      // Readline redraws from so many rows above; the prompt now begins on this one.
      Object.assign(editor, { prevRows: 0 })
      editor.prompt(true)
    })

  return {
    lines: Stream.fromEffectRepeat(Effect.andThen(showPrompt, Queue.take(typed))),
    print,
    interrupted: Deferred.await(interrupted)
  }
})
