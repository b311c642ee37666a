/**
 * Writes all that happens in the runs to a file, a run after another.
 */
import { Simulation } from "@effect-raft/testing"
import { Effect, FileSystem, type PlatformError } from "effect"

type Observe = NonNullable<Simulation.SimulateOptions["observe"]>

export interface TraceFile {
  readonly isOpen: boolean
  /** Writes the line that names the run, and gives what writes the others. */
  readonly begin: (plan: Simulation.Plan) => Observe
  /** Writes what has gathered: a run in virtual time leaves no time for it. */
  readonly flush: Effect.Effect<void, PlatformError.PlatformError>
}

export const noTraceFile: TraceFile = { isOpen: false, begin: () => () => [], flush: Effect.void }

/** Lines that are encoded together: a text has its limit. */
const chunkLines = 10_000

/** Replaces the file. It closes with the scope. */
export const openTraceFile = Effect.fnUntraced(function* (path: string) {
  const { open } = yield* FileSystem.FileSystem
  const file = yield* open(path, { flag: "w" })
  const encoder = new TextEncoder()
  let gathered: Array<string> = []
  const traceFile: TraceFile = {
    isOpen: true,
    begin: (plan) => {
      gathered.push(Simulation.planLine(plan))
      return (now) => [Simulation.tracer(now, (line) => gathered.push(line))]
    },
    flush: Effect.gen(function* () {
      const lines = gathered
      gathered = []
      for (let start = 0; start < lines.length; start += chunkLines) {
        const text = lines.slice(start, start + chunkLines).join("\n")
        yield* file.writeAll(encoder.encode(`${text}\n`))
      }
    })
  }
  return traceFile
})
