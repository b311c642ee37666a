/**
 * A whole run: plan in, result out.
 *
 * First clients and faults are at work. Then faults end, the clients fall
 * silent, and everything has to settle: all servers come to the same state, and
 * whatever was acknowledged is in it.
 */
import { InvariantViolation } from "@effect-raft/core"
import { checkedProperties, makeCheckers } from "./checkers/checkers.ts"
import { clocksJump, longestFor } from "./clocks.ts"
import type { Step } from "./Driver.ts"
import type { Fault } from "./faults/fault.ts"
import { faults } from "./faults/faults.ts"
import type { HistoryVerdict } from "./history.ts"
import { Ledger } from "./Ledger.ts"
import { LivenessWatch } from "./LivenessWatch.ts"
import type { Observer } from "./observer.ts"
import { bootstrapOf, type Plan } from "./plan.ts"
import { quorumAround } from "./roster.ts"
import { settle } from "./settle.ts"
import { type Property, Violation } from "./violation.ts"
import { type Operation, type OperationObserver } from "./Workload.ts"
import { World } from "./World.ts"

export interface SimulateOptions {
  /** The reducer under test; core's, if left out. */
  readonly step?: Step
  /** Made for the run, and told of everything: traces, counters, checkers of one's own. `now` gives the virtual time (ms). */
  readonly observe?: (now: () => number) => ReadonlyArray<Observer & OperationObserver>
}

/** What was found broken, and when (virtual ms). */
export interface Finding {
  readonly property: Property
  readonly detail: string
  readonly at: number
}

export interface Result {
  readonly plan: Plan
  /** The first violation ends a run. */
  readonly finding: Finding | undefined
  readonly virtualSeconds: number
  readonly steps: number
  readonly elections: number
  /** Entries committed, and how many were written and taken back. */
  readonly commits: number
  readonly truncations: number
  readonly crashes: number
  readonly messages: number
  readonly readsBack: number
  /** Snapshots saved, and put in place by another server's; chunks sent; transfers that went on in the middle. */
  readonly snapshots: {
    readonly taken: number
    readonly installed: number
    readonly chunks: number
    readonly resumed: number
  }
  /** How configuration changes began, by answer; and configurations that were committed, joint ones among them. */
  readonly changeAnswers: Readonly<Record<string, number>>
  readonly configurations: { readonly committed: number; readonly joint: number }
  /** Servers that caught up by snapshot while clients went on; in liveness runs. */
  readonly caughtUp: number
  /** Reads that were answered, and that saw somebody elected between call and answer. */
  readonly readsAcrossElections: number
  readonly operations: ReadonlyArray<Operation>
  /** How often each fault did something. */
  readonly faults: Readonly<Record<string, number>>
  /** What the clients saw, judged; `undefined` when the run ended before it could be. */
  readonly historyVerdict: HistoryVerdict | undefined
  readonly hash: string
}

export const simulate = (plan: Plan, options: SimulateOptions = {}): Result => {
  const world = makeWorld(plan, options)
  let finding: Finding | undefined
  let historyVerdict: HistoryVerdict | undefined
  try {
    play(world)
    // The log orders every operation, and has been held against all of them.
    if (plan.checkers === "all" || plan.checkers.includes("RealTimeOrder")) historyVerdict = "Linearizable"
  } catch (error) {
    finding = findingOf(world, error)
    if (finding.property === "RealTimeOrder" || finding.property === "Linearizability")
      historyVerdict = "Illegal"
  }
  return {
    plan,
    finding,
    virtualSeconds: world.now / 1000,
    steps: world.driver.steps,
    elections: world.driver.elections,
    commits: world.driver.committed,
    truncations: world.driver.truncations,
    crashes: world.crashes,
    messages: world.network.sent,
    readsBack: world.driver.readsBack,
    snapshots: world.driver.snapshots.counts,
    changeAnswers: Object.fromEntries(world.driver.changeAnswers),
    configurations: world.driver.configurations,
    caughtUp: world.caughtUp,
    readsAcrossElections: readsAcross(world.driver.electionTimes, world.workload.operations),
    operations: world.workload.operations,
    faults: firedIn(world),
    historyVerdict,
    hash: (world.driver.hash >>> 0).toString(16).padStart(8, "0")
  }
}

const makeWorld = (plan: Plan, { observe, step }: SimulateOptions): World => {
  // The world is made with its checkers, which look at it only once it runs.
  const made: { world?: World } = {}
  const { checkers: chosen } = plan
  const properties = chosen === "all" ? checkedProperties : chosen === "none" ? [] : chosen
  const evidence = {
    ledger: new Ledger(bootstrapOf(plan)),
    seats: () => made.world!.seats,
    operations: () => made.world!.workload.operations,
    times: {
      now: () => made.world?.now ?? 0,
      clocksOnlyDrift: !clocksJump(plan.schedule),
      longestFor: (millis: number) => longestFor(plan.schedule, millis)
    }
  }
  const checkers = properties.length === 0 ? [] : makeCheckers(evidence, properties)
  const world = new World(plan, {
    observers: [...checkers, ...(observe?.(() => made.world?.now ?? 0) ?? [])],
    ...(step === undefined ? {} : { step })
  })
  made.world = world
  return world
}

const play = (world: World): void => {
  const { healing, millis, schedule } = world.plan
  const active = new Set<() => void>()
  for (const occurrence of schedule) {
    const fault = byName.get(occurrence.fault)
    if (fault === undefined) throw new Error(`there is no fault ${occurrence.fault}`)
    world.after(Math.max(1, occurrence.at), () => {
      // A server may have become part of the core that was to stay broken.
      const isSpared = world.core !== undefined && occurrence.servers.some((at) => isWell(world, at))
      if (isSpared) return
      const end = fault.begin(world, occurrence)
      const endOnce = () => {
        if (active.delete(endOnce)) end()
      }
      active.add(endOnce)
      if (occurrence.lasts > 0) world.after(occurrence.lasts, endOnce)
    })
  }
  for (const seat of world.seats) world.restart(seat)
  world.workload.begin()
  world.probes.begin()

  world.run(healing?.at ?? millis)
  for (const end of active) end()
  world.isHealed = true
  // Whoever changed the configuration meanwhile, some majority of it is well from now on.
  if (healing !== null) world.core = quorumAround(world, healing.core)
  for (const { position } of world.seats) if (isWell(world, position)) revive(world, position)
  if (healing !== null) new LivenessWatch(world, healing).run()
  settle(world)
  world.end()
}

const isWell = ({ core }: World, position: number): boolean => core === undefined || core.has(position)

/** Whatever a fault left behind in a server that must be well now. */
const revive = (world: World, position: number): void => {
  const seat = world.seats[position]!
  seat.clock.setRate(world.now, 1)
  world.unstick(seat)
  world.resume(seat)
  world.after(1, () => world.restart(seat))
}

const byName: ReadonlyMap<string, Fault> = new Map(faults.map((fault) => [fault.name, fault]))

const findingOf = (world: World, error: unknown): Finding => {
  if (error instanceof Violation) {
    return { property: error.property, detail: error.detail, at: world.now }
  }
  if (error instanceof InvariantViolation) {
    return { property: "Invariant", detail: error.invariant, at: world.now }
  }
  throw error
}

const readsAcross = (times: ReadonlyArray<number>, operations: ReadonlyArray<Operation>): number =>
  operations.filter(
    ({ call, isRead, return: ended, status }) =>
      isRead && status === "ok" && times.some((time) => time > call && time < ended)
  ).length

/** By fault of the plan: 0 says that it was enabled and came to nothing. */
const firedIn = ({ driver, fired, network, plan }: World): Readonly<Record<string, number>> => {
  const counted: Readonly<Record<string, number>> = {
    loss: network.fired.lost,
    duplication: network.fired.duplicated,
    delay: network.fired.late,
    reordering: network.fired.overtaking,
    stall: network.fired.stalled,
    failedStorage: driver.failedSyncs,
    failedReads: driver.failedReads,
    membership: driver.changeAnswers.get("Appended") ?? 0
  }
  const enabled = [...new Set(plan.schedule.map(({ fault }) => fault))].toSorted()
  return Object.fromEntries(enabled.map((name) => [name, counted[name] ?? fired.get(name) ?? 0]))
}
