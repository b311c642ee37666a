/**
 * Part 2D: servers that compact their logs, and others that need what is gone
 * (§7). The tests of 2021 and of 2022, and one of 2023.
 */
import { Effect } from "effect"
import { checkOneLeader, one } from "../agreement.ts"
import type { LabCluster } from "../LabCluster.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"
import { type SnapshotEdition, withSnapshots } from "../snapshotService.ts"

const iterations = 30

/** Bytes of Raft's own state, without the snapshot, that a server may keep. */
const logSizeMax = 2000

const all = { servers: 3, retry: true }
const two = { servers: 2, retry: true }

/** What happens to one server while the others go on without it. */
type Absence = "None" | "Disconnected" | "Crashed"

interface Variant {
  readonly name: string
  readonly absence: Absence
  readonly isReliable: boolean
}

const variants: ReadonlyArray<Variant> = [
  { name: "snapshots basic", absence: "None", isReliable: true },
  { name: "install snapshots (disconnect)", absence: "Disconnected", isReliable: true },
  { name: "install snapshots (disconnect+unreliable)", absence: "Disconnected", isReliable: false },
  { name: "install snapshots (crash)", absence: "Crashed", isReliable: true },
  { name: "install snapshots (unreliable+crash)", absence: "Crashed", isReliable: false }
]

const snapshotTest =
  (edition: SnapshotEdition) =>
  ({ absence, isReliable, name }: Variant): LabTest => ({
    part: "2D",
    name: edition === "2021" ? `${name}, 2021` : name,
    servers: 3,
    isReliable,
    ...withSnapshots(edition),
    run: Effect.fnUntraced(function* (lab): Effect.fn.Return<void, LabFailure> {
      yield* agree(lab)
      let leader = yield* checkOneLeader(lab)
      for (let iteration = 0; iteration < iterations; iteration++) {
        // Every third time the leader is the one that misses something.
        const other = lab.neighbour(leader, 1)
        const [victim, sender] = iteration % 3 === 1 ? [leader, other] : [other, leader]
        if (absence === "Disconnected") lab.disconnect(victim)
        if (absence === "Crashed") yield* lab.crash(victim)
        if (absence !== "None") yield* agree(lab, two)

        const burst = edition === "2021" ? 11 : 5 + lab.random.below(10)
        for (let count = 0; count < burst; count++) yield* lab.submit(sender, lab.random.integer())
        yield* agree(lab, edition === "2022" && absence === "None" ? all : two)
        yield* checkLogSize(lab)

        if (absence === "None") continue
        if (absence === "Crashed") yield* lab.start(victim)
        lab.connect(victim)
        yield* agree(lab)
        leader = yield* checkOneLeader(lab)
      }
    })
  })

const crashAll: LabTest = {
  part: "2D",
  name: "crash and restart all servers",
  servers: 3,
  isReliable: true,
  ...withSnapshots("2022"),
  run: Effect.fnUntraced(function* (lab) {
    yield* agree(lab)
    for (let round = 0; round < 5; round++) {
      const commands = 5 + lab.random.below(10)
      for (let count = 0; count < commands; count++) yield* agree(lab)
      const before = yield* agree(lab)
      yield* restartAll(lab)
      const after = yield* agree(lab)
      if (after < before + 1) {
        return yield* labFailure(`index decreased from ${before} to ${after} over a restart of all servers`)
      }
    }
  })
}

/** Catches who, on the first write after a restart, puts an empty snapshot in the place of the saved one. */
const restartTwice: LabTest = {
  part: "2D",
  name: "snapshot initialization after crash",
  servers: 3,
  isReliable: true,
  ...withSnapshots("2022"),
  run: Effect.fnUntraced(function* (lab) {
    yield* agree(lab)
    for (let count = 0; count < 11; count++) yield* agree(lab)
    yield* restartAll(lab)
    yield* agree(lab)
    yield* restartAll(lab)
    yield* agree(lab)
  })
}

export const snapshots2021: ReadonlyArray<LabTest> = variants.map(snapshotTest("2021"))
export const snapshots2022: ReadonlyArray<LabTest> = [...variants.map(snapshotTest("2022")), crashAll]
export const snapshots2023: ReadonlyArray<LabTest> = [restartTwice]

/** One random command, committed by all servers unless told otherwise. */
const agree = (lab: LabCluster, by = all): Effect.Effect<number, LabFailure> =>
  one(lab, lab.random.integer(), by)

const restartAll = Effect.fnUntraced(function* (lab: LabCluster) {
  for (const server of lab.servers) yield* lab.crash(server)
  for (const server of lab.servers) {
    yield* lab.start(server)
    lab.connect(server)
  }
})

const checkLogSize = Effect.fnUntraced(function* (lab: LabCluster) {
  const largest = Math.max(...(yield* lab.diskSizes).map(({ raftState }) => raftState))
  if (largest >= logSizeMax) {
    return yield* labFailure(`the log is too large: ${largest} bytes, allowed less than ${logSizeMax}`)
  }
})
