/**
 * The suite's own lines, and what a failure says beside them.
 */
import type { LabResult } from "./runLabTest.ts"
import type { LabTest } from "./LabTest.ts"
import type { TraceEvent } from "./Trace.ts"

/** `Test (4A): initial election ...` */
export const titleLine = (test: Pick<LabTest, "part" | "name">): string =>
  `Test (${test.part}): ${test.name} ...`

/**
 * Seconds, servers, RPCs, bytes, committed: `  ... Passed --   3.0  3   56    4946    0`. With clients: seconds,
 * servers, RPCs, operations.
 */
export const passedLine = (result: LabResult): string => {
  const seconds = result.virtualSeconds.toFixed(1).padStart(4)
  const columns =
    result.operations === undefined
      ? [
          String(result.servers),
          String(result.rpcs).padStart(4),
          String(result.bytes).padStart(7),
          String(result.committed).padStart(4)
        ]
      : [String(result.servers), String(result.rpcs).padStart(5), String(result.operations).padStart(4)]
  return `  ... Passed --  ${seconds}  ${columns.join(" ")}`
}

/** The command that repeats a run of this repository's suite. */
export const replayCommand = (result: LabResult): string =>
  `npm run lab -- --test ${JSON.stringify(result.test)} --profile ${result.profile} --seed ${result.seed} --clock ${result.clock}`

/** The assertion, the seed, the replay command, and what every server applied. */
export const failureLines = (result: LabResult): ReadonlyArray<string> => [
  `  ... FAILED -- ${result.failure?.assertion ?? ""}`,
  `  seed ${result.seed}, after ${result.virtualSeconds.toFixed(3)} s; replay: ${replayCommand(result)}`,
  ...(result.failure?.history ?? []).map((line) => `  ${line}`)
]

/** What a test passed in spite of. */
export const warningLines = (result: LabResult): ReadonlyArray<string> =>
  result.warnings.map((warning) => `warning: ${warning}`)

/** The result as one JSON object on one line; `operations` only where there are clients. */
export const resultJson = (result: LabResult): string => {
  const { bytes, clock, committed, ok, operations, part, profile, rpcs, seed, servers, test } = result
  const { traceHash, virtualSeconds, wallSeconds } = result
  return JSON.stringify({
    part,
    test,
    profile,
    clock,
    seed,
    ok,
    virtualSeconds,
    wallSeconds,
    servers,
    rpcs,
    bytes,
    committed,
    operations,
    traceHash
  })
}

/** An event as one JSON object on one line; payloads appear by their size. */
export const traceLine = (event: TraceEvent): string =>
  JSON.stringify(event, (_, value: unknown) =>
    value instanceof Uint8Array ? `${value.length} bytes` : value
  )
