/**
 * What a run came to, for machines and for people.
 */
import type { Plan } from "./plan.ts"
import type { Result } from "./simulate.ts"

/** What a run cost, which it cannot know itself. */
export interface Cost {
  readonly wallSeconds: number
  readonly cpuSeconds: number
}

/** The run as one JSON object on one line. */
export const resultJson = (result: Result, { cpuSeconds, wallSeconds }: Cost): string => {
  const {
    commits,
    elections,
    faults,
    finding,
    hash,
    historyVerdict,
    operations,
    plan,
    steps,
    virtualSeconds
  } = result
  return JSON.stringify({
    seed: plan.seed,
    servers: plan.servers,
    mode: plan.mode,
    virtualSeconds,
    wallSeconds,
    cpuSeconds,
    steps,
    elections,
    commits,
    operations: operations.length,
    faults,
    violations: finding === undefined ? 0 : 1,
    historyVerdict: historyVerdict ?? null,
    hash
  })
}

/** `seed 7: 5 servers, 21.3 virtual s, 4 elections, 1033 commits, 12 kinds of faults, hash 0123abcd` */
export const resultLine = (result: Result): string => {
  const { commits, elections, faults, hash, plan, virtualSeconds } = result
  const kinds = Object.values(faults).filter((times) => times > 0).length
  return [
    `seed ${plan.seed}: ${plan.servers} servers`,
    `${virtualSeconds.toFixed(1)} virtual s`,
    `${elections} elections`,
    `${commits} commits`,
    `${kinds} kinds of faults`,
    `hash ${hash}`
  ].join(", ")
}

/** What broke, the smallest plan that breaks it, and how to see it again. */
export const failureLines = (
  result: Result,
  minimal: { readonly plan: Plan; readonly file: string }
): ReadonlyArray<string> => {
  const { finding, plan } = result
  const { schedule, servers, workload } = minimal.plan
  return [
    `seed ${plan.seed}, mode ${plan.mode}: ${finding?.property} broken at ${finding?.at} ms: ${finding?.detail}`,
    `  shrunk to ${servers} servers, ${minimal.plan.millis} ms, ${workload.operationsMax} operations, ${schedule.length} faults:`,
    ...schedule.map((occurrence) => `    ${JSON.stringify(occurrence)}`),
    `  replay: npm run simulate -- --replay ${minimal.file}`
  ]
}

/** Why a run proved less than it looks: what should have happened and did not. */
export const vacuity = ({ commits, elections, faults, operations, plan }: Result): ReadonlyArray<string> => [
  ...(elections === 0 ? ["nobody was elected"] : []),
  ...(commits === 0 ? ["nothing was committed"] : []),
  ...(operations.some(({ status }) => status === "ok") ? [] : ["no operation was answered"]),
  ...(plan.servers === 1
    ? []
    : Object.entries(faults)
        .filter(([, times]) => times === 0)
        .map(([name]) => `the fault ${name} never came to anything`))
]
