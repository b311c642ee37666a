import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TerminalCapabilities } from "effect/cli"
import { PassThrough } from "node:stream"
import { Dialogue } from "../../src/demo/Dialogue.ts"
import * as DialogueTerminal from "../../src/demo/DialogueTerminal.ts"

const newline = "\r"
const controlC = "\u0003"
const controlD = "\u0004"

interface Terminal {
  readonly input: PassThrough
  readonly output: PassThrough
  readonly written: () => string
  /** What a person would see: the rows of a screen, without trailing blanks. */
  readonly screen: () => ReadonlyArray<string>
}

const makeTerminal = (columns: number): Terminal => {
  const input = new PassThrough()
  const output = Object.assign(new PassThrough(), { columns })
  let written = ""
  output.on("data", (chunk) => (written += String(chunk)))
  return { input, output, written: () => written, screen: () => render(written, columns) }
}

/** Runs a dialogue on such a terminal, without color unless asked for. */
const withTerminal = <A, E>(
  use: (terminal: Terminal, dialogue: Dialogue["Service"]) => Effect.Effect<A, E>,
  { columns = 40, canColor = false } = {}
) =>
  Effect.suspend(() => {
    const terminal = makeTerminal(columns)
    const capabilities = Layer.succeed(TerminalCapabilities.TerminalCapabilities, {
      canColor,
      canAnimate: true,
      canPrompt: true
    })
    return Dialogue.use((dialogue) => use(terminal, dialogue)).pipe(
      Effect.provide(DialogueTerminal.layer(terminal).pipe(Layer.provide(capabilities))),
      Effect.map((result) => ({ result, screen: terminal.screen() }))
    )
  })

/** Streams hand over in their own time. */
const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const type = (terminal: Terminal, keys: string) =>
  Effect.andThen(
    Effect.sync(() => terminal.input.write(keys)),
    settle
  )

const complain = (terminal: Terminal, dialogue: Dialogue["Service"]) =>
  Effect.as(dialogue.answer({ _tag: "Failed", text: "error: no" }), terminal.written)

const readLines = (dialogue: Dialogue["Service"], count: number) =>
  dialogue.lines.pipe(Stream.take(count), Stream.runCollect, Effect.forkChild({ startImmediately: true }))

describe("a dialogue on a terminal", () => {
  it.live("prompts for each line that is pulled, and gives what was typed", () =>
    withTerminal((terminal, dialogue) =>
      Effect.gen(function* () {
        const lines = yield* readLines(dialogue, 2)
        yield* type(terminal, `put x 1${newline}get x${newline}`)
        assert.deepStrictEqual(yield* Fiber.join(lines), ["put x 1", "get x"])
      })
    ).pipe(Effect.map(({ screen }) => assert.deepStrictEqual(screen.slice(0, 2), ["raft> put x 1", "get x"])))
  )

  it.live("news push a half-typed line down and leave it as it was", () =>
    withTerminal((terminal, dialogue) =>
      Effect.gen(function* () {
        const lines = yield* readLines(dialogue, 1)
        yield* type(terminal, "put x")
        yield* dialogue.announce("server 2 leads term 3")
        assert.deepStrictEqual(terminal.screen(), ["server 2 leads term 3", "raft> put x"])
        yield* type(terminal, ` 1${newline}`)
        assert.deepStrictEqual(yield* Fiber.join(lines), ["put x 1"])
      })
    ).pipe(
      Effect.map(({ screen }) => assert.deepStrictEqual(screen, ["server 2 leads term 3", "raft> put x 1"]))
    )
  )

  it.live("also one that has grown over several rows", () =>
    withTerminal(
      (terminal, dialogue) =>
        Effect.gen(function* () {
          yield* readLines(dialogue, 1)
          yield* type(terminal, "put k abcdefghijklmnopqrstuvwxyz")
          yield* dialogue.announce("news")
          yield* dialogue.announce("more")
          assert.deepStrictEqual(terminal.screen(), [
            "news",
            "more",
            "raft> put k",
            "abcdefghijkl",
            "mnopqrstuvwx",
            "yz"
          ])
        }),
      { columns: 12 }
    )
  )

  it.live("an answer comes out plain, in color only where color is wanted", () =>
    Effect.gen(function* () {
      const plain = yield* withTerminal(complain)
      assert.notInclude(plain.result(), "\u001b[31m")
      assert.deepStrictEqual(plain.screen, ["error: no"])
      const colored = yield* withTerminal(complain, { canColor: true })
      assert.include(colored.result(), "\u001b[31merror: no")
    })
  )

  it.live("Ctrl-D ends the lines, on a fresh row for the shell", () =>
    withTerminal((terminal, dialogue) =>
      Effect.gen(function* () {
        const lines = yield* readLines(dialogue, 9)
        yield* type(terminal, `get x${newline}`)
        yield* type(terminal, controlD)
        assert.deepStrictEqual(yield* Fiber.join(lines), ["get x"])
        // News that come after the end find no prompt to redraw.
        yield* dialogue.announce("late")
      })
    ).pipe(Effect.map(({ screen }) => assert.deepStrictEqual(screen, ["raft> get x", "raft>", "late"])))
  )

  it.live("what was typed ahead of the end is still read", () =>
    withTerminal((terminal, dialogue) =>
      Effect.gen(function* () {
        yield* type(terminal, `put x 1${newline}`)
        yield* type(terminal, `get x${newline}${controlD}`)
        const lines = yield* readLines(dialogue, 9)
        assert.deepStrictEqual(yield* Fiber.join(lines), ["put x 1", "get x"])
      })
    )
  )

  it.live("Ctrl-C hangs up, whatever is half typed", () =>
    withTerminal((terminal, dialogue) =>
      Effect.gen(function* () {
        yield* readLines(dialogue, 1)
        const hungUp = yield* Effect.forkChild(dialogue.hungUp, { startImmediately: true })
        yield* type(terminal, `put x${controlC}`)
        yield* Fiber.join(hungUp)
      })
    ).pipe(Effect.map(({ screen }) => assert.deepStrictEqual(screen, ["raft> put x"])))
  )

  it.live("a terminal that goes away hangs up", () =>
    withTerminal((terminal, dialogue) =>
      Effect.gen(function* () {
        const hungUp = yield* Effect.forkChild(dialogue.hungUp, { startImmediately: true })
        terminal.output.destroy(new Error("EIO"))
        yield* Fiber.join(hungUp)
      })
    )
  )
})

/** A screen that knows the few sequences readline writes. */
const render = (written: string, columns: number): ReadonlyArray<string> => {
  const rows: Array<Array<string>> = [[]]
  let row = 0
  let column = 0
  const rowAt = (index: number) => (rows[index] ??= [])
  // oxlint-disable-next-line no-control-regex -- these are the sequences under test
  for (const [token, amount, action] of written.matchAll(/\u001b\[(\d*)([A-Za-z])|[\s\S]/g)) {
    const count = amount === "" || amount === undefined ? 1 : Number(amount)
    if (token === "\n") row += 1
    if (token === "\n" || token === "\r") column = 0
    else if (action === "A") row -= count
    else if (action === "B") row += count
    else if (action === "C") column += count
    else if (action === "D") column -= count
    else if (action === "G") column = count - 1
    else if (action === "J") {
      rows.length = row + 1
      rowAt(row).length = Math.min(rowAt(row).length, column)
    } else if (action === "K") rowAt(row).length = 0
    else if (action === undefined) {
      if (column === columns) {
        row += 1
        column = 0
      }
      rowAt(row)[column] = token
      column += 1
    }
  }
  const text = Array.from(rows, (cells) =>
    Array.from(cells ?? [], (cell) => cell ?? " ")
      .join("")
      .trimEnd()
  )
  return text.slice(0, text.findLastIndex((line) => line !== "") + 1)
}
