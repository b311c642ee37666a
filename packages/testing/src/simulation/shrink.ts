/**
 * A failing plan made small: fewer faults, fewer servers, fewer operations, less
 * time, as long as the same property breaks.
 */
import type { Occurrence, Plan } from "./plan.ts"
import { type Finding, simulate, type SimulateOptions } from "./simulate.ts"

export interface Shrunk {
  readonly plan: Plan
  readonly finding: Finding
  /** Runs that it took. */
  readonly runs: number
}

/** Runs that shrinking may take: each is as long as the plan it tries. */
const runsMax = 300

export const shrink = (plan: Plan, finding: Finding, options: Pick<SimulateOptions, "step"> = {}): Shrunk => {
  let best = { plan, finding }
  let runs = 0
  const isSmaller = (candidate: Plan): boolean => {
    if (runs >= runsMax) return false
    runs++
    const found = simulate(candidate, options).finding
    if (found?.property !== finding.property) return false
    best = { plan: candidate, finding: found }
    return true
  }

  let isShrinking = true
  while (isShrinking) {
    const before = best.plan
    shorten(() => best, isSmaller)
    thin(() => best.plan, isSmaller)
    for (const simpler of simplifications) {
      for (let next = simpler(best.plan); next !== undefined && isSmaller(next);) next = simpler(best.plan)
    }
    isShrinking = best.plan !== before
  }
  return { ...best, runs }
}

type Attempt = (candidate: Plan) => boolean

/** Nothing after the violation matters, and often not all of what was before. */
const shorten = (best: () => { readonly plan: Plan; readonly finding: Finding }, attempt: Attempt): void => {
  const { finding, plan } = best()
  if (finding.at < plan.millis) attempt(untilMillis(plan, finding.at + 1))
  for (let halves = 0; halves < 6; halves++) {
    const { plan } = best()
    if (plan.millis < 2 || !attempt(untilMillis(plan, Math.floor(plan.millis / 2)))) return
  }
}

const untilMillis = (plan: Plan, millis: number): Plan => ({
  ...plan,
  millis,
  schedule: plan.healing === null ? plan.schedule.filter(({ at }) => at <= millis) : plan.schedule,
  healing: plan.healing === null ? null : { ...plan.healing, at: Math.min(plan.healing.at, millis) }
})

/** Leaves out parts of the schedule, large ones first. */
const thin = (best: () => Plan, attempt: Attempt): void => {
  for (let size = best().schedule.length; size >= 1; size = Math.floor(size / 2)) {
    let start = 0
    while (start < best().schedule.length) {
      const { schedule } = best()
      const rest: ReadonlyArray<Occurrence> = [...schedule.slice(0, start), ...schedule.slice(start + size)]
      if (!attempt({ ...best(), schedule: rest })) start += size
    }
  }
}

/** Each gives the plan with one thing less, or nothing when there is nothing to take away. */
const simplifications: ReadonlyArray<(plan: Plan) => Plan | undefined> = [
  (plan) => (plan.spares > 0 ? withoutLastSpare(plan) : undefined),
  (plan) => (plan.servers > 1 ? withoutLastServer(plan) : undefined),
  (plan) => withWorkload(plan, { operationsMax: Math.floor(plan.workload.operationsMax / 2) }, 1),
  (plan) => (plan.workload.clients > 1 ? withWorkload(plan, { clients: 1 }, 0) : undefined),
  (plan) => (plan.workload.keys > 1 ? withWorkload(plan, { keys: 1 }, 0) : undefined)
]

const withoutLastSpare = (plan: Plan): Plan => {
  const spares = plan.spares - 1
  const isLeft = (position: number) => position < plan.servers + spares
  return {
    ...plan,
    spares,
    schedule: plan.schedule.filter((occurrence) => occurrence.servers.every(isLeft))
  }
}

const withoutLastServer = (plan: Plan): Plan | undefined => {
  // With spares beside it, the last voter becomes one of them: positions keep their meaning.
  const spares = plan.spares > 0 ? plan.spares + 1 : 0
  const servers = plan.servers - 1
  const { healing } = plan
  const core = healing?.core.filter((position) => position < servers)
  if (core !== undefined && 2 * core.length <= servers) return undefined
  return {
    ...plan,
    servers,
    spares,
    schedule: plan.schedule.filter((occurrence) =>
      occurrence.servers.every((position) => position < servers + spares)
    ),
    healing: healing === null ? null : { ...healing, core: core ?? [] }
  }
}

const withWorkload = (
  plan: Plan,
  change: Partial<Plan["workload"]>,
  operationsMin: number
): Plan | undefined =>
  plan.workload.operationsMax <= operationsMin
    ? undefined
    : { ...plan, workload: { ...plan.workload, ...change } }
