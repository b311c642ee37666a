/**
 * How an exploration is printed: as lines, or as JSON.
 */
import { counterexampleJson, counterexampleText, type Exploration } from "@effect-raft/testing"

/** What was seen, and as the last line the totals. */
export const linesReport = (exploration: Exploration, seconds: number): string =>
  [
    ...(exploration.counterexample === undefined
      ? seenLines(exploration)
      : [...counterexampleText(exploration.counterexample), ""]),
    totalsLine(exploration, seconds)
  ]
    .map((line) => `${line}\n`)
    .join("")

/** `300000 distinct states, depth 13, 83000 states/s, no violation` */
const totalsLine = (exploration: Exploration, seconds: number): string => {
  const { counterexample } = exploration
  const verdict = counterexample === undefined ? "no violation" : `${counterexample.property} violated`
  return `${progressLine(exploration, seconds)}, ${verdict}`
}

export const progressLine = ({ depth, states }: Exploration, seconds: number): string =>
  `${states} distinct states, depth ${depth}, ${perSecond(states, seconds)} states/s`

const perSecond = (states: number, seconds: number): number => Math.round(states / Math.max(seconds, 1e-3))

const seenLines = ({ bounds, ending, occurrences }: Exploration): ReadonlyArray<string> => [
  `${counted(bounds.servers, "server")}, terms through ${bounds.termsMax}, ${counted(bounds.entriesMax, "command")}: ${endingText[ending]}`,
  `states with a leader ${occurrences.leader}, with two ${occurrences.twoLeaders}, after a second election ${occurrences.secondElection}, with something committed ${occurrences.committed}`
]

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`

const endingText: Readonly<Record<Exploration["ending"], string>> = {
  Complete: "every state was visited",
  DepthMax: "every state through this depth was visited",
  StatesMax: "stopped at the number of states asked for",
  Interrupted: "stopped at the time asked for",
  Violation: "stopped at a violation"
}

export const jsonReport = (exploration: Exploration, seconds: number): string => {
  const { bounds, counterexample, depth, ending, occurrences, states } = exploration
  const result = {
    states,
    depth,
    statesPerSecond: perSecond(states, seconds),
    ending,
    ...bounds,
    occurrences,
    violation: counterexample?.property ?? null
  }
  const steps = counterexample === undefined ? [] : counterexampleJson(counterexample)
  return [...steps, JSON.stringify(result)].map((line) => `${line}\n`).join("")
}
