/**
 * Runs seeds, one after another, and prints what came of them.
 */
import { Simulation, writeHistory } from "@effect-raft/testing"
import { Clock, Effect, FileSystem, Option, Result } from "effect"
import { TerminalCapabilities } from "effect/cli"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Output from "../demo/output.ts"
import { Unsuccessful } from "../exit.ts"
import { noTotals, summaryLine, vacuityLines, withRun } from "./totals.ts"
import { noTraceFile, openTraceFile, type TraceFile } from "./traceFile.ts"

export interface SimulateInput {
  readonly seed: number
  readonly seeds: Option.Option<number>
  readonly minutes: Option.Option<number>
  readonly servers: Option.Option<number>
  readonly faults: string
  readonly mode: Simulation.Plan["mode"]
  readonly replay: Option.Option<string>
  readonly trace: Option.Option<string>
  readonly history: Option.Option<string>
  readonly json: boolean
}

/** What is wrong with flags that are each well-formed. */
export const usageProblem = Effect.fnUntraced(function* (input: SimulateInput) {
  const unknown = faultList(input.faults).find((name) => !Simulation.faultNames.includes(name))
  if (unknown !== undefined) {
    const names = Simulation.faultNames.map((name) => `  ${name}`).join("\n")
    return `Invalid value for flag --faults: there is no fault "${unknown}". Expected all, none, or some of:\n${names}`
  }
  if (Option.isNone(input.replay)) return undefined
  const plan = yield* readPlan(input.replay.value)
  return Result.isFailure(plan) ? `Invalid value for flag --replay: ${plan.failure}` : undefined
})

const faultList = (faults: string): ReadonlyArray<string> =>
  faults === "all" || faults === "none" ? [] : faults.split(",").map((name) => name.trim())

const readPlan = Effect.fnUntraced(function* (path: string) {
  const { readFileString } = yield* FileSystem.FileSystem
  return yield* readFileString(path).pipe(
    Effect.match({
      onFailure: (error) => Result.fail(error.message),
      onSuccess: Simulation.parsePlan
    })
  )
})

export const simulate = Effect.fnUntraced(function* (input: SimulateInput) {
  const stdout = yield* Output.make(process.stdout)
  const stderr = yield* Output.make(process.stderr)
  const { canAnimate } = yield* TerminalCapabilities.TerminalCapabilities
  const places: Places = { stdout, stderr, isAnimated: canAnimate && !input.json }
  const openTrace = Option.match(input.trace, {
    onNone: () => Effect.succeed(noTraceFile),
    onSome: openTraceFile
  })
  const totals = yield* openTrace.pipe(
    Effect.flatMap((trace) => runAll(input, places, trace)),
    // Nobody reads what is printed any more.
    Effect.raceFirst(Effect.as(stdout.closed, noTotals)),
    Effect.scoped,
    Effect.catch((error) =>
      Effect.andThen(stderr.write(`a file cannot be written: ${error.message}\n`), new Unsuccessful())
    )
  )
  const vacuous = isWhole(input) ? vacuityLines(totals) : []
  yield* stderr.write(vacuous.map((line) => `${line}\n`).join(""))
  if (totals.violations > 0 || vacuous.length > 0) return yield* new Unsuccessful()
})

/** Whether these runs claim to try everything: what is left out on purpose is not missed. */
const isWhole = ({ faults, replay, servers }: SimulateInput): boolean =>
  faults === "all" && Option.isNone(replay) && Option.isNone(servers)

interface Places {
  readonly stdout: Output.Output
  readonly stderr: Output.Output
  readonly isAnimated: boolean
}

const clearLine = "\r\u001b[2K"

const runAll = Effect.fnUntraced(function* (input: SimulateInput, places: Places, trace: TraceFile) {
  const { isAnimated, stdout } = places
  const startedAt = yield* Clock.monotonicTimeNanos
  const secondsMax = Option.getOrElse(input.minutes, () => Infinity) * 60
  const plans = yield* plansOf(input)
  let totals = noTotals
  let shownAt = 0
  for (const plan of plans) {
    const before = yield* Clock.monotonicTimeNanos
    if (Number(before - startedAt) / 1e9 >= secondsMax) break
    const cpu = process.cpuUsage()
    const result = Simulation.simulate(plan, trace.isOpen ? { observe: trace.begin(plan) } : {})
    const { system, user } = process.cpuUsage(cpu)
    const now = yield* Clock.monotonicTimeNanos
    const cost = { wallSeconds: Number(now - before) / 1e9, cpuSeconds: (user + system) / 1e6 }
    totals = withRun(totals, result, cost)
    yield* trace.flush
    if (Option.isSome(input.history)) yield* writeHistoryFile(input.history.value, result)
    if (input.json) yield* stdout.write(`${Simulation.resultJson(result, cost)}\n`)
    if (result.finding !== undefined) yield* complain(result, places)
    else if (isAnimated && Number(now) / 1e6 - shownAt > 100) {
      shownAt = Number(now) / 1e6
      yield* stdout.write(`${clearLine}${Simulation.resultLine(result)}`)
    }
    yield* Effect.yieldNow
  }
  if (!input.json) yield* stdout.write(`${isAnimated ? clearLine : ""}${summaryLine(totals)}\n`)
  return totals
})

/** The plan to replay, with as many seeds as asked for, or one drawn for each seed. */
const plansOf = Effect.fnUntraced(function* (
  input: SimulateInput
): Effect.fn.Return<Iterable<Simulation.Plan>, never, FileSystem.FileSystem> {
  if (Option.isNone(input.replay)) return { [Symbol.iterator]: () => drawnPlans(input) }
  const plan = yield* readPlan(input.replay.value)
  if (Result.isFailure(plan)) return []
  const { success: first } = plan
  const seeds = Option.getOrElse(input.seeds, () => 1)
  return Array.from({ length: seeds }, (_, offset) => ({ ...first, seed: first.seed + offset }))
})

function* drawnPlans(input: SimulateInput): Generator<Simulation.Plan> {
  const { faults, mode, seed } = input
  const unlimited = Option.isSome(input.minutes) ? Infinity : 1
  const seeds = Option.getOrElse(input.seeds, () => unlimited)
  const servers = Option.getOrUndefined(input.servers)
  const chosen = faults === "all" || faults === "none" ? faults : faultList(faults)
  for (let offset = 0; offset < seeds; offset++) {
    yield Simulation.drawPlan(seed + offset, {
      mode,
      faults: chosen,
      ...(servers === undefined ? {} : { servers })
    })
  }
}

const writeHistoryFile = Effect.fnUntraced(function* (path: string, { operations }: Simulation.Result) {
  const { writeFileString } = yield* FileSystem.FileSystem
  yield* writeFileString(path, writeHistory(Simulation.historyOf(operations)))
})

/** Shrinks the run, keeps the smallest plan in a file, and says how to see it again. */
const complain = Effect.fnUntraced(function* (result: Simulation.Result, places: Places) {
  const { isAnimated, stderr, stdout } = places
  const { finding, plan } = result
  if (finding === undefined) return
  if (isAnimated) yield* stdout.write(clearLine)
  yield* stderr.write(`seed ${plan.seed}, mode ${plan.mode}: ${finding.property}; shrinking\n`)
  const shrunk = Simulation.shrink(plan, finding)
  const { writeFileString } = yield* FileSystem.FileSystem
  const file = join(tmpdir(), `simulate-${plan.mode}-${plan.seed}.json`)
  yield* writeFileString(file, Simulation.formatPlan(shrunk.plan))
  const lines = Simulation.failureLines(result, { plan: shrunk.plan, file })
  yield* stderr.write(lines.map((line) => `${line}\n`).join(""))
})
