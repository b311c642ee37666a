/**
 * How results are printed: as the laboratory's lines, or as JSON.
 */
import {
  failureLines,
  type LabResult,
  type LabTest,
  passedLine,
  resultJson,
  titleLine,
  warningLines
} from "@effect-raft/testing"

export interface Totals {
  readonly tests: number
  readonly seeds: number
  readonly failures: number
  readonly virtualSeconds: number
  readonly wallSeconds: number
}

/** What to print when; an empty text prints nothing. */
export interface Report {
  readonly seed: (seed: number) => string
  readonly title: (test: LabTest) => string
  readonly result: (result: LabResult) => string
  /** For standard error. */
  readonly complaint: (result: LabResult) => string
  readonly summary: (totals: Totals) => string
}

export const linesReport = (seeds: number): Report => ({
  seed: (seed) => (seeds > 1 ? `Seed ${seed}\n` : ""),
  title: (test) => `${titleLine(test)}\n`,
  result: (result) => {
    const outcome = result.ok ? [passedLine(result)] : failureLines(result)
    return [...warningLines(result), ...outcome].map((line) => `${line}\n`).join("")
  },
  complaint: () => "",
  summary: (totals) => `${summaryLine(totals)}\n`
})

export const jsonReport: Report = {
  seed: () => "",
  title: () => "",
  result: (result) => `${resultJson(result)}\n`,
  complaint: (result) =>
    result.ok
      ? ""
      : `${titleLine({ part: result.part, name: result.test })}\n${failureLines(result).join("\n")}\n`,
  summary: () => ""
}

/** `19 tests, 1 seed, 0 failures, 160.7 virtual s, 0.9 wall s, ratio 179` */
export const summaryLine = (totals: Totals): string => {
  const { failures, seeds, tests, virtualSeconds, wallSeconds } = totals
  const ratio = wallSeconds > 0 ? virtualSeconds / wallSeconds : 0
  return [
    counted(tests, "test"),
    counted(seeds, "seed"),
    counted(failures, "failure"),
    `${virtualSeconds.toFixed(1)} virtual s`,
    `${wallSeconds.toFixed(1)} wall s`,
    `ratio ${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}`
  ].join(", ")
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`
