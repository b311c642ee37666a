/**
 * A plan out of a seed: the size of the cluster, its options, its weather, its
 * clients and its faults.
 *
 * Every seed enables another subset of the faults ("swarm" testing): a mixture
 * of everything, every time, would hide what only a few of them together do.
 */
import { defaultServerOptions, type ServerOptions } from "@effect-raft/core"
import { SeededRandom } from "../SeededRandom.ts"
import { clocksJump, driftOf } from "./clocks.ts"
import { drawBetween, type Fault, type Setting } from "./faults/fault.ts"
import { faults } from "./faults/faults.ts"
import { shuffled } from "./faults/shuffled.ts"
import type { Healing, Occurrence, Plan, Span } from "./plan.ts"
import type { WorkloadPlan } from "./Workload.ts"

export interface DrawOptions {
  readonly mode?: Plan["mode"]
  /** 1 to 9; drawn as well, if left out. */
  readonly servers?: number
  /** Names of the faults that may happen; a random subset of them does. */
  readonly faults?: ReadonlyArray<string> | "all" | "none"
}

/** Sizes of clusters, the usual ones more often. */
const sizes = [1, 2, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 5, 6, 7, 7, 7, 8, 9]

/** Of a thousand: how likely a fault that may happen is part of a run. */
const faultPerMille = 350

export const drawPlan = (seed: number, options: DrawOptions = {}): Plan => {
  const random = new SeededRandom(seed, "plan")
  const mode = options.mode ?? "safety"
  const drawn = sizes[random.below(sizes.length)]!
  const servers = options.servers ?? (mode === "liveness" ? Math.max(3, drawn) : drawn)
  const millis = 10_000 + random.below(20_000)
  // What came later draws from a generator of its own: the rest of an old seed stays what it was.
  const snapshotRandom = new SeededRandom(seed, "snapshots")
  const serverOptions = drawServerOptions(random)
  const delayMax = drawBetween(random, 1, serverOptions.heartbeatInterval / 2)
  const setting: Setting = {
    random,
    servers,
    millis,
    electionTimeoutMax: serverOptions.electionTimeoutMax
  }
  const healing = mode === "liveness" ? drawHealing(setting) : null
  const chosen = chooseFaults(random, options.faults ?? "all")
  const memberRandom = new SeededRandom(seed, "members")
  const spares = chosen.some(({ name }) => name === "membership") ? 1 + memberRandom.below(3) : 0
  const schedule = drawSchedule({ ...setting, servers: servers + spares }, chosen)
  return withLeases({
    seed,
    mode,
    servers,
    spares,
    pinsStorage: memberRandom.chance(500) || schedule.some(({ fault }) => fault === "foreignStorage"),
    millis,
    options: {
      ...serverOptions,
      ...drawSnapshotOptions(snapshotRandom, schedule),
      ...drawPatience(seed, serverOptions)
    },
    network: {
      delayMin: 1,
      delayMax,
      isOrdered: random.chance(500)
    },
    sync: drawSpan(random, serverOptions.heartbeatInterval / 4),
    apply: drawSpan(random, serverOptions.heartbeatInterval / 4),
    read: drawSpan(random, serverOptions.heartbeatInterval),
    save: drawSpan(snapshotRandom, serverOptions.electionTimeoutMax),
    machine: random.chance(300) ? "durable" : "volatile",
    tailEntriesMax: drawBetween(random, 1, 1_000),
    workload: { ...drawWorkload(setting), ...drawForwards(seed) },
    schedule:
      healing === null
        ? schedule
        : [
            ...schedule.filter(({ at }) => at < healing.at),
            ...drawOutsiders(setting, healing, serverOptions)
          ],
    healing,
    checkers: "all"
  })
}

/** Most runs whose clocks only drift declare by how much, and read by leases, where followers promise anything. */
const withLeases = (plan: Plan): Plan => {
  const { options, schedule, seed } = plan
  const isDeclared = new SeededRandom(seed, "leases").chance(700)
  return isDeclared && options.checkQuorum && !clocksJump(schedule)
    ? { ...plan, options: { ...options, clockDriftBound: driftOf(schedule) } }
    : plan
}

const drawSpan = (random: SeededRandom, end: number): Span => {
  const max = random.chance(200) ? 0 : drawBetween(random, 1, Math.max(1, end))
  return { min: random.below(max + 1), max }
}

/** Small bounds are where pipelines fill, batches break and memory is too short. */
const drawServerOptions = (random: SeededRandom): ServerOptions => {
  const heartbeatInterval = drawBetween(random, 10, 100)
  const electionTimeoutMin = heartbeatInterval * (3 + random.below(3))
  return {
    ...defaultServerOptions,
    heartbeatInterval,
    electionTimeoutMin,
    electionTimeoutMax: electionTimeoutMin * 2,
    preVote: random.chance(800),
    checkQuorum: random.chance(800),
    noOp: random.chance(700),
    forwarding: random.chance(700),
    readTimeout: electionTimeoutMin * (1 + random.below(10)),
    storageStallTimeout: electionTimeoutMin * (2 + random.below(6)),
    appendBytesMax: drawBetween(random, 36, 100_000),
    inflightMessagesMax: drawBetween(random, 1, 256),
    inflightBytesMax: drawBetween(random, 36, 1_000_000),
    applyBytesMax: drawBetween(random, 36, 100_000),
    uncommittedEntriesMax: drawBetween(random, 4, 10_000),
    memoryEntriesMax: drawBetween(random, 4, 10_000)
  }
}

/** Often and small, so that a run sees many. One of four runs takes none; where a fault waits for them, they come soon. */
const drawSnapshotOptions = (
  random: SeededRandom,
  schedule: ReadonlyArray<Occurrence>
): Partial<ServerOptions> => {
  const isAwaited = schedule.some(({ fault }) => fault === "snapshots")
  if (random.chance(250) && !isAwaited) return {}
  const { snapshotBytesMax } = defaultServerOptions
  return {
    snapshotEntriesMax: drawBetween(random, 3, isAwaited ? 60 : 500),
    snapshotBytesMax: random.chance(300) ? drawBetween(random, 100, 20_000) : snapshotBytesMax,
    trailingEntries: random.chance(400) ? 0 : drawBetween(random, 1, isAwaited ? 20 : 100),
    chunkBytesMax: drawBetween(random, 4, isAwaited ? 40 : 400),
    inflightChunksMax: drawBetween(random, 1, 8)
  }
}

/** In half of the runs nobody forwards anything; in the others some commands, or all. */
const drawForwards = (seed: number): Pick<WorkloadPlan, "forwardsPerMille"> => {
  const random = new SeededRandom(seed, "forwards")
  if (random.chance(500)) return {}
  return { forwardsPerMille: random.chance(300) ? 1_000 : drawBetween(random, 10, 600) }
}

/** How long a forwarded command waits for its leader's word: often less than that leader is away. */
const drawPatience = (
  seed: number,
  { electionTimeoutMin }: ServerOptions
): Pick<ServerOptions, "proposalTimeout"> => ({
  proposalTimeout: electionTimeoutMin * (1 + new SeededRandom(seed, "patience").below(8))
})

const drawWorkload = ({ electionTimeoutMax, random }: Setting): WorkloadPlan => {
  const isOpen = random.chance(400)
  return {
    clients: isOpen ? random.below(3) : 1 + random.below(12),
    thinkMax: drawBetween(random, 1, 100),
    operationsPerSecond: isOpen ? drawBetween(random, 5, 200) : 0,
    timeout: drawBetween(random, electionTimeoutMax / 2, electionTimeoutMax * 8),
    keys: 1 + random.below(8),
    readsPerMille: random.chance(700) ? (random.chance(700) ? 500 : 1000) : 0,
    readsAnywherePerMille: random.below(1001),
    operationsMax: 20_000
  }
}

const chooseFaults = (
  random: SeededRandom,
  allowed: NonNullable<DrawOptions["faults"]>
): ReadonlyArray<Fault> => {
  const mayHappen = faults.filter(
    ({ name }) => allowed === "all" || (allowed !== "none" && allowed.includes(name))
  )
  // A list of names is what its author wants to see: all of it.
  const isChosen = () => allowed !== "all" || random.chance(faultPerMille)
  return mayHappen.filter(isChosen)
}

const drawSchedule = (setting: Setting, chosen: ReadonlyArray<Fault>): ReadonlyArray<Occurrence> =>
  chosen.flatMap((fault) => fault.draw(setting)).toSorted((left, right) => left.at - right.at)

/** Some majority is healed, half-way through. */
const drawHealing = ({ millis, random, servers }: Setting): Healing => {
  const majority = Math.floor(servers / 2) + 1
  const size = majority + random.below(servers - majority + 1)
  return { at: Math.floor(millis / 2), core: shuffled(random, servers).slice(0, size) }
}

/** Longer than any run. */
const forEver = 1_000_000_000

/** How the servers outside the core stay broken. */
const brokenBy = ["crash", "leaderAlone", "mute", "stuckStorage", "pause"]

/** Who sends without hearing deposes any leader, again and again, unless PreVote and CheckQuorum stop it. */
const disturbedBy = ["deaf", "flapping"]

const drawOutsiders = (
  { electionTimeoutMax, random, servers }: Setting,
  { at, core }: Healing,
  { checkQuorum, preVote }: ServerOptions
): ReadonlyArray<Occurrence> => {
  const kinds = preVote && checkQuorum ? [...brokenBy, ...disturbedBy] : brokenBy
  return Array.from({ length: servers }, (_, position) => position)
    .filter((position) => !core.includes(position))
    .map((position) => ({
      at: at + 1,
      lasts: forEver,
      fault: kinds[random.below(kinds.length)]!,
      servers: [position],
      amount: 0
    }))
    .map((occurrence) =>
      occurrence.fault === "flapping"
        ? { ...occurrence, amount: drawBetween(random, electionTimeoutMax / 4, electionTimeoutMax * 2) }
        : occurrence
    )
}
