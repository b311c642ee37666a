/**
 * Writes what happens in the runs to a file: a line that names the run, then
 * one line per event.
 */
import { type LabClock, type LabTest, type TraceEvent, traceLine } from "@effect-raft/testing"
import { Effect, FileSystem, type PlatformError } from "effect"

export interface TraceFile {
  /** Names the run whose events follow. */
  readonly begin: (
    test: LabTest,
    run: { readonly profile: string; readonly seed: number; readonly clock: LabClock }
  ) => Effect.Effect<void>
  readonly onEvent: ((event: TraceEvent) => void) | undefined
  /** Writes what has gathered: a run in virtual time leaves no time for it. */
  readonly flush: Effect.Effect<void, PlatformError.PlatformError>
}

export const noTraceFile: TraceFile = { begin: () => Effect.void, onEvent: undefined, flush: Effect.void }

/** Replaces the file. It closes with the scope. */
export const openTraceFile = Effect.fnUntraced(function* (path: string) {
  const { open } = yield* FileSystem.FileSystem
  const file = yield* open(path, { flag: "w" })
  const encoder = new TextEncoder()
  let gathered: Array<string> = []
  const traceFile: TraceFile = {
    begin: (test, run) =>
      Effect.sync(() => {
        gathered.push(JSON.stringify({ part: test.part, test: test.name, ...run }))
      }),
    onEvent: (event) => {
      gathered.push(traceLine(event))
    },
    flush: Effect.suspend(() => {
      const text = gathered.map((line) => `${line}\n`).join("")
      gathered = []
      return file.writeAll(encoder.encode(text))
    })
  }
  return traceFile
})
