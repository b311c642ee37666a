/**
 * Runs the chosen tests, one after another, and prints what came of them.
 */
import {
  type LabClock,
  type LabPart,
  type LabTest,
  kvTests,
  labTests,
  snapshotTests,
  profiles,
  runLabTest
} from "@effect-raft/testing"
import { Clock, Effect, Fiber, type FileSystem, Option, type PlatformError, type Scope } from "effect"
import { TerminalCapabilities } from "effect/cli"
import * as Output from "../demo/output.ts"
import { Unsuccessful } from "../exit.ts"
import { savePicture } from "./picture.ts"
import { kvService } from "./kvService.ts"
import { jsonReport, linesReport, type Report, type Totals } from "./report.ts"
import { noTraceFile, openTraceFile, type TraceFile } from "./traceFile.ts"

export interface LabInput {
  readonly part: LabPart | "all"
  readonly profile: keyof typeof profiles
  readonly test: Option.Option<string>
  /** The first seed, and how many. */
  readonly seed: number
  readonly seeds: number
  readonly clock: LabClock
  readonly json: boolean
  readonly trace: Option.Option<string>
}

const allTests: ReadonlyArray<LabTest> = [...labTests, ...snapshotTests, ...kvTests(kvService)]

const testsOf = (part: LabInput["part"]): ReadonlyArray<LabTest> =>
  allTests.filter((test) => part === "all" || test.part === part)

export const testNames = (part: LabInput["part"]): ReadonlyArray<string> =>
  testsOf(part).map((test) => test.name)

/** The tests that the flags name; none when they name one that does not exist. */
export const selectTests = (input: LabInput): ReadonlyArray<LabTest> =>
  testsOf(input.part).filter((test) => Option.getOrElse(input.test, () => test.name) === test.name)

export const lab = Effect.fnUntraced(function* (input: LabInput) {
  const stdout = yield* Output.make(process.stdout)
  const stderr = yield* Output.make(process.stderr)
  const { canAnimate } = yield* TerminalCapabilities.TerminalCapabilities
  const printer = makePrinter(stdout, canAnimate && !input.json)

  const openTrace: Effect.Effect<
    TraceFile,
    PlatformError.PlatformError,
    FileSystem.FileSystem | Scope.Scope
  > = Option.match(input.trace, { onNone: () => Effect.succeed(noTraceFile), onSome: openTraceFile })
  const totals = yield* openTrace.pipe(
    Effect.flatMap((trace) => runAll(input, { printer, stderr, trace })),
    // Nobody reads what is printed any more.
    Effect.raceFirst(Effect.as(stdout.closed, noTotals)),
    Effect.scoped,
    Effect.catch((error) =>
      Effect.andThen(stderr.write(`the trace cannot be written: ${error.message}\n`), new Unsuccessful())
    )
  )
  if (totals.failures > 0) return yield* new Unsuccessful()
})

interface Places {
  readonly printer: Printer
  readonly stderr: Output.Output
  readonly trace: TraceFile
}

const runAll = Effect.fnUntraced(function* (input: LabInput, places: Places) {
  const { printer, stderr, trace } = places
  const report: Report = input.json ? jsonReport : linesReport(input.seeds)
  const tests = selectTests(input)
  const runs = tests.length * input.seeds
  const startedAt = yield* Clock.monotonicTimeNanos
  let totals: Totals = { ...noTotals, seeds: input.seeds }

  for (let seed = input.seed; seed < input.seed + input.seeds; seed++) {
    yield* printer.print(report.seed(seed))
    for (const test of tests) {
      yield* printer.print(report.title(test))
      const ticker = yield* printer.progress(`[${totals.tests + 1}/${runs}] seed ${seed}, ${test.name}`)
      yield* trace.begin(test, { profile: input.profile, seed, clock: input.clock })
      const result = yield* runLabTest(test, input.clock, {
        profile: profiles[input.profile],
        seed,
        ...(trace.onEvent === undefined ? {} : { onEvent: trace.onEvent })
      })
      yield* trace.flush
      yield* Fiber.interrupt(ticker)
      yield* printer.print(report.result(result))
      yield* stderr.write(report.complaint(result))
      const picture = yield* savePicture(result)
      yield* input.json ? stderr.write(picture) : printer.print(picture)
      totals = {
        ...totals,
        tests: totals.tests + 1,
        failures: totals.failures + (result.ok ? 0 : 1),
        virtualSeconds: totals.virtualSeconds + result.virtualSeconds
      }
    }
  }
  const wallSeconds = Number((yield* Clock.monotonicTimeNanos) - startedAt) / 1e9
  totals = { ...totals, wallSeconds }
  yield* printer.print(report.summary(totals))
  return totals
})

const noTotals: Totals = { tests: 0, seeds: 0, failures: 0, virtualSeconds: 0, wallSeconds: 0 }

interface Printer {
  readonly print: (text: string) => Effect.Effect<void>
  /** Shows what is going on and for how long already, until interrupted. */
  readonly progress: (text: string) => Effect.Effect<Fiber.Fiber<void>>
}

const clearLine = "\r\u001b[2K"
const tick = "1 second"

/** On a terminal the last line shows progress; anywhere else there is no such line. */
const makePrinter = (output: Output.Output, isAnimated: boolean): Printer => {
  const show = (text: string) => (isAnimated ? output.write(`${clearLine}${text}`) : Effect.void)
  const keepShowing = Effect.fnUntraced(function* (text: string) {
    for (let seconds = 1; ; seconds++) {
      yield* Effect.sleep(tick)
      yield* show(`${text}, ${seconds} s`)
    }
  })
  return {
    print: (text) => {
      if (text === "") return Effect.void
      return output.write(isAnimated ? `${clearLine}${text}` : text)
    },
    progress: (text) =>
      Effect.andThen(show(text), Effect.forkChild(isAnimated ? keepShowing(text) : Effect.void))
  }
}
