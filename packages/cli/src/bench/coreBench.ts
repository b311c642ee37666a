/**
 * How many entries the reducer commits per CPU second, how many reads it
 * answers, and how fast a snapshot catches a server up, case by case.
 *
 * An entry counts when the leader and every follower have it committed, and
 * applied after an `ApplyEntries` output. Invariants are on and logs are
 * compacted, as in production.
 */
import { Schema } from "effect"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { CoreFigure } from "./coreFigure.ts"
import type { CoreCase } from "./measured.ts"

interface Workload extends Omit<CoreCase, "codec" | "seconds"> {
  /** The script that measures it. */
  readonly script: "coreCase" | "readCase" | "catchUpCase"
}

const commits = { script: "coreCase" } as const

const workloads: ReadonlyArray<Workload> = [
  // One command; the next when all know that it is committed.
  { ...commits, name: "lockstep", batch: 1, inflight: 1, eventsPerTurn: 1 },
  // 64 clients, each with one command under way; a turn takes what has come, one event each.
  { ...commits, name: "pipelined", batch: 1, inflight: 64, eventsPerTurn: 64 },
  // The same clients, but no two commands ever meet in a turn.
  { ...commits, name: "turnwise", batch: 1, inflight: 64, eventsPerTurn: 1 },
  // 64 commands in one event.
  { ...commits, name: "batch64", batch: 64, inflight: 64, eventsPerTurn: 1 },
  // One read, confirmed by a round of heartbeats; the next when it is answered.
  { script: "readCase", name: "reads", batch: 1, inflight: 1, eventsPerTurn: 1 },
  // 64 reads share a round.
  { script: "readCase", name: "reads64", batch: 64, inflight: 64, eventsPerTurn: 1 },
  // A server that holds nothing receives a snapshot, in chunks.
  { script: "catchUpCase", name: "catchUp", batch: 1, inflight: 4, eventsPerTurn: 1 }
]

/** Every case, one after another; `onFigure` hears of each as it ends. */
export const run = (seconds: number, onFigure: (figure: CoreFigure) => void): void => {
  for (const codec of [false, true]) {
    for (const { script, ...workload } of workloads)
      onFigure(measure(script, { ...workload, codec, seconds }))
  }
}

const measure = (script: Workload["script"], coreCase: CoreCase): CoreFigure => {
  const path = fileURLToPath(import.meta.url).replace("coreBench", script)
  const answer = execFileSync(process.execPath, [...process.execArgv, path, JSON.stringify(coreCase)], {
    encoding: "utf8"
  })
  return decodeFigure(answer)
}

const decodeFigure = Schema.decodeUnknownSync(Schema.fromJsonString(CoreFigure))
