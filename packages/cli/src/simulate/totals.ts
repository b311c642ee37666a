/**
 * What all runs of one command came to together.
 */
import { Simulation } from "@effect-raft/testing"

export interface Totals {
  readonly runs: number
  readonly violations: number
  readonly virtualSeconds: number
  readonly cpuSeconds: number
  readonly steps: number
  readonly commits: number
  readonly operations: number
  /** How often faults did something. */
  readonly faults: number
  readonly undecided: number
  /** What happened in them, by name: what never did stands at 0. */
  readonly tally: Simulation.Tally
}

export const noTotals: Totals = {
  runs: 0,
  violations: 0,
  virtualSeconds: 0,
  cpuSeconds: 0,
  steps: 0,
  commits: 0,
  operations: 0,
  faults: 0,
  undecided: 0,
  tally: Simulation.noTally
}

export const withRun = (
  totals: Totals,
  result: Simulation.Result,
  { cpuSeconds }: Simulation.Cost
): Totals => ({
  runs: totals.runs + 1,
  violations: totals.violations + (result.finding === undefined ? 0 : 1),
  virtualSeconds: totals.virtualSeconds + result.virtualSeconds,
  cpuSeconds: totals.cpuSeconds + cpuSeconds,
  steps: totals.steps + result.steps,
  commits: totals.commits + result.commits,
  operations: totals.operations + result.operations.length,
  faults: totals.faults + Object.values(result.faults).reduce((sum, times) => sum + times, 0),
  undecided: totals.undecided + (result.historyVerdict === "Undecided" ? 1 : 0),
  tally: Simulation.tallied(totals.tally, result)
})

/** `100 runs, 0 violations, 2034.1 virtual s, 5.2 CPU s (391 virtual s and 1.6 M steps a CPU s), …` */
export const summaryLine = (totals: Totals): string => {
  const { commits, cpuSeconds, faults, operations, runs, steps, undecided, violations, virtualSeconds } =
    totals
  const perCpuSecond = (amount: number) => (cpuSeconds > 0 ? amount / cpuSeconds : 0)
  const speed = `${perCpuSecond(virtualSeconds).toFixed(0)} virtual s and ${(perCpuSecond(steps) / 1e6).toFixed(2)} M steps a CPU s`
  return [
    `${runs} run${runs === 1 ? "" : "s"}`,
    `${violations} violation${violations === 1 ? "" : "s"}`,
    `${undecided} undecided`,
    `${virtualSeconds.toFixed(1)} virtual s`,
    `${cpuSeconds.toFixed(1)} CPU s (${speed})`,
    `${commits} commits`,
    `${operations} operations`,
    `${faults} faults fired`
  ].join(", ")
}

/** One line for each thing that a set of this size must have seen, and has not; nothing for smaller sets. */
export const vacuityLines = ({ runs, tally }: Totals): ReadonlyArray<string> =>
  runs < Simulation.tallyRunsMin
    ? []
    : Simulation.missing(tally).map(
        (name) => `in ${runs} runs there were no ${name}: they prove less than they claim`
      )
