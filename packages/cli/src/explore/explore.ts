/**
 * Runs an exploration in slices, and prints what came of it.
 */
import { Explorer } from "@effect-raft/testing"
import { Clock, Effect } from "effect"
import { TerminalCapabilities } from "effect/cli"
import * as Output from "../demo/output.ts"
import { Unsuccessful } from "../exit.ts"
import { jsonReport, linesReport, progressLine } from "./report.ts"

export interface ExploreInput {
  readonly servers: number
  readonly terms: number
  readonly entries: number
  readonly states: number
  readonly seconds: number
  readonly depth: number
  readonly promptDisk: boolean
  readonly preVote: boolean
  readonly checkQuorum: boolean
  readonly noOp: boolean
  readonly transfers: boolean
  readonly json: boolean
}

/** Some milliseconds of work, after which a signal is heard. */
const slice = 1_000

const clearLine = "\r\u001b[2K"

export const explore = Effect.fnUntraced(function* (input: ExploreInput) {
  const stdout = yield* Output.make(process.stdout)
  const { canAnimate } = yield* TerminalCapabilities.TerminalCapabilities
  const explorer = explorerOf(input)
  const isAnimated = canAnimate && !input.json

  const search = Effect.gen(function* () {
    const startedAt = yield* Clock.monotonicTimeNanos
    let seconds = 0
    let shownAt = 0
    while (explorer.ending === undefined && seconds < input.seconds) {
      explorer.expand(slice)
      seconds = Number((yield* Clock.monotonicTimeNanos) - startedAt) / 1e9
      if (isAnimated && seconds - shownAt >= 1) {
        shownAt = seconds
        yield* stdout.write(`${clearLine}${progressLine(explorer.exploration, seconds)}`)
      }
      yield* Effect.yieldNow
    }
    const report = input.json ? jsonReport : linesReport
    yield* stdout.write(`${isAnimated ? clearLine : ""}${report(explorer.exploration, seconds)}`)
  })
  // Nobody reads what is printed any more.
  yield* Effect.raceFirst(search, stdout.closed)
  if (explorer.ending === "Violation") return yield* new Unsuccessful()
})

const explorerOf = (input: ExploreInput): Explorer =>
  new Explorer({
    bounds: { servers: input.servers, termsMax: input.terms, entriesMax: input.entries },
    statesMax: input.states,
    depthMax: input.depth,
    disk: input.promptDisk ? "Prompt" : "Slow",
    hasTransfers: input.transfers,
    serverOptions: { preVote: input.preVote, checkQuorum: input.checkQuorum, noOp: input.noOp }
  })
