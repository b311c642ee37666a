/**
 * How many entries the reducer commits per CPU second, case by case.
 *
 * An entry counts when the leader and every follower have it committed, and
 * applied after an `ApplyEntries` output. Invariants are on and logs are
 * compacted, as in production.
 */
import { Schema } from "effect"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type CoreCase, CoreFigure } from "./coreFigure.ts"

type Workload = Omit<CoreCase, "codec" | "seconds">

const workloads: ReadonlyArray<Workload> = [
  // One command; the next when all know that it is committed.
  { name: "lockstep", batch: 1, inflight: 1, eventsPerTurn: 1 },
  // 64 clients, each with one command under way; a turn takes what has come, one event each.
  { name: "pipelined", batch: 1, inflight: 64, eventsPerTurn: 64 },
  // The same clients, but no two commands ever meet in a turn.
  { name: "turnwise", batch: 1, inflight: 64, eventsPerTurn: 1 },
  // 64 commands in one event.
  { name: "batch64", batch: 64, inflight: 64, eventsPerTurn: 1 }
]

/** Every case, one after another; `onFigure` hears of each as it ends. */
export const run = (seconds: number, onFigure: (figure: CoreFigure) => void): void => {
  for (const codec of [false, true]) {
    for (const workload of workloads) onFigure(measure({ ...workload, codec, seconds }))
  }
}

const measure = (coreCase: CoreCase): CoreFigure => {
  const script = fileURLToPath(import.meta.url).replace("coreBench", "coreCase")
  const answer = execFileSync(process.execPath, [...process.execArgv, script, JSON.stringify(coreCase)], {
    encoding: "utf8"
  })
  return decodeFigure(answer)
}

const decodeFigure = Schema.decodeUnknownSync(Schema.fromJsonString(CoreFigure))
