/**
 * `effect-raft bench`: how fast it is, measured here.
 */
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { CoreFigure } from "./coreFigure.ts"

const flags = {
  what: Argument.Literals("what", ["core"]).pipe(Argument.withDescription("core: the reducer, without I/O")),
  seconds: Flag.Int("seconds").pipe(
    Flag.withDescription("Measuring time of each case"),
    Flag.filter(
      (value) => value >= 1 && value <= 600,
      () => "a whole number from 1 to 600"
    ),
    Flag.withDefault(3)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON object per case"),
    Flag.withDefault(false)
  )
}

export const benchCommand = Command.make("bench", flags, ({ json, seconds }) =>
  Effect.gen(function* () {
    const { run } = yield* Effect.promise(() => import("./coreBench.ts"))
    if (!json) yield* Console.log(heading)
    const context = yield* Effect.context()
    run(seconds, (figure) =>
      Effect.runSyncWith(context)(Console.log(json ? JSON.stringify(figure) : line(figure)))
    )
  })
).pipe(
  Command.withDescription(
    "Measure the reducer: entries committed per CPU second, three servers in one process"
  ),
  Command.withShortDescription("Measure the reducer"),
  Command.withExamples([
    { command: "effect-raft bench core --json", description: "One JSON object per case" }
  ])
)

const heading = "case       codec  entries per CPU second  messages per entry  heap MiB"

const line = (figure: CoreFigure): string =>
  [
    figure.case.padEnd(9),
    (figure.codec ? "yes" : "no").padStart(6),
    figure.entriesPerCpuSecond.toLocaleString("en-US").padStart(23),
    figure.messagesPerEntry.toFixed(3).padStart(19),
    String(figure.heapMiB).padStart(9)
  ].join(" ")
