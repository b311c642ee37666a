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
    "Measure the reducer, servers in one process: entries committed, reads answered, and bytes of snapshots taken in per CPU second"
  ),
  Command.withShortDescription("Measure the reducer"),
  Command.withExamples([
    { command: "effect-raft bench core --json", description: "One JSON object per case" }
  ])
)

const heading = "case       codec          per CPU second  messages per unit  heap MiB"

const line = (figure: CoreFigure): string => {
  const { messages, rate, unit } = rateIn(figure)
  return [
    figure.case.padEnd(9),
    (figure.codec ? "yes" : "no").padStart(6),
    `${rate.toLocaleString("en-US")} ${unit}`.padStart(23),
    messages.toFixed(3).padStart(18),
    String(figure.heapMiB).padStart(9)
  ].join(" ")
}

/** What a case counts, how fast, and how many messages that takes. */
const rateIn = (figure: CoreFigure) => {
  if ("readsPerCpuSecond" in figure) {
    return { rate: figure.readsPerCpuSecond, unit: "reads", messages: figure.messagesPerRead }
  }
  if ("mebibytesPerCpuSecond" in figure) {
    return { rate: figure.mebibytesPerCpuSecond, unit: "MiB", messages: figure.messagesPerMebibyte }
  }
  return { rate: figure.entriesPerCpuSecond, unit: "entries", messages: figure.messagesPerEntry }
}
