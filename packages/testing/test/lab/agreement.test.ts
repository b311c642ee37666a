import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { bu, checkNoLeader, checkOneLeader, checkTerms, labTests, one, wait } from "../../src/index.ts"
import type { ApplyHistory, Committed, LabCluster, LabCommand, LabTest } from "../../src/index.ts"
import { virtually } from "../virtual.ts"
import { type Probe, probeCluster } from "./probeServers.ts"

const now = Clock.currentTimeMillis

const lead = (probe: Probe | undefined, term: number): void => {
  Object.assign(probe!, { isLeader: true, term })
}

const complaintOf = <A>(effect: Effect.Effect<A, unknown>) =>
  Effect.map(Effect.flip(effect), (error) => (error as Error).message)

/** All servers apply these commands from index 1 on. */
const applyEverywhere = (servers: ReadonlyArray<Probe>, ...commands: ReadonlyArray<number>): void => {
  for (const server of servers) server.apply(1, ...commands)
}

describe("checkOneLeader", () => {
  it(
    "gives the leader, after a pause of 450 to 549 ms",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[2], 1)
        assert.strictEqual(yield* checkOneLeader(cluster), 2)
        const took = yield* now
        assert.isTrue(took >= 450 && took < 550)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "gives the one of the highest term, and ignores those that are cut off",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[0], 3)
        lead(servers[1], 2)
        lead(servers[2], 3)
        cluster.disconnect(2)
        assert.strictEqual(yield* checkOneLeader(cluster), 0)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "fails on two leaders of one term",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[0], 2)
        lead(servers[2], 2)
        assert.strictEqual(yield* complaintOf(checkOneLeader(cluster)), "term 2 has 2 leaders: 0, 2")
      }).pipe(Effect.scoped)
    )
  )

  it(
    "fails after ten rounds without one",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster } = yield* probeCluster()
        assert.strictEqual(yield* complaintOf(checkOneLeader(cluster)), "expected one leader, got none")
        const took = yield* now
        assert.isTrue(took >= 4500 && took < 5500)
      }).pipe(Effect.scoped)
    )
  )
})

describe("checkTerms and checkNoLeader", () => {
  it(
    "fail when connected servers differ, or one claims to lead",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        assert.strictEqual(yield* checkTerms(cluster), 1)
        lead(servers[1], 4)
        assert.match(yield* complaintOf(checkTerms(cluster)), /disagree on the term: 1 and 4/)
        assert.match(yield* complaintOf(checkNoLeader(cluster)), /1 claims to be leader/)
        cluster.disconnect(1)
        assert.strictEqual(yield* checkTerms(cluster), 1)
        yield* checkNoLeader(cluster)
      }).pipe(Effect.scoped)
    )
  )
})

describe("wait", () => {
  it(
    "gives what enough servers have committed",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        yield* Effect.forkChild(
          Effect.andThen(
            Effect.sleep(65),
            Effect.sync(() => applyEverywhere(servers, 7))
          )
        )
        const waited = yield* wait(cluster, 1, { servers: 3, startTerm: undefined })
        assert.deepStrictEqual(waited, { _tag: "Committed", slot: 7 })
        // 10 + 20 + 40: the polls double.
        assert.strictEqual(yield* now, 70)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "notices that a server went on to another term",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[2], 2)
        const waited = yield* wait(cluster, 1, { servers: 3, startTerm: 1 })
        assert.deepStrictEqual([waited._tag, yield* now], ["MovedOn", 10])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "fails after 30 polls, 30.71 s",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        applyEverywhere(servers.slice(1), 7)
        const complaint = yield* complaintOf(wait(cluster, 1, { servers: 3, startTerm: 1 }))
        assert.strictEqual(complaint, "only 2 decided for index 1; wanted 3")
        assert.strictEqual(yield* now, 30_710)
      }).pipe(Effect.scoped)
    )
  )
})

describe("one", () => {
  it(
    "asks server 1 first, then the next ones around the circle, and stops at the leader",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster({ servers: 5 })
        lead(servers[0], 1)
        cluster.disconnect(3)
        applyEverywhere(servers, 42)
        assert.strictEqual(yield* one(cluster, 42, { servers: 5, retry: false }), 1)
        assert.deepStrictEqual(
          servers.map(({ started }) => started.length),
          [1, 1, 1, 0, 1]
        )
      }).pipe(Effect.scoped)
    )
  )

  it(
    "without retry fails 2 s after somebody accepted",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[1], 1)
        applyEverywhere(servers.slice(1), 42)
        assert.match(yield* complaintOf(one(cluster, 42, { servers: 3, retry: false })), /on 3 servers$/)
        assert.strictEqual(yield* now, 2000)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "with retry submits again every 2 s, for 10 s",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[1], 1)
        const complaint = yield* complaintOf(one(cluster, 42, { servers: 3, retry: true }))
        assert.match(complaint, /on 3 servers within 10 s$/)
        assert.deepStrictEqual([servers[1]!.started.length, yield* now], [5, 10_000])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "does not take another command for its own",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[1], 1)
        applyEverywhere(servers, 41, 42)
        assert.strictEqual(yield* one(cluster, 42, { servers: 3, retry: true }), 2)
        assert.strictEqual(yield* now, 2000)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "looks for a leader every 50 ms, for 10 s",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        yield* complaintOf(one(cluster, 42, { servers: 3, retry: false }))
        assert.deepStrictEqual([servers[0]!.started.length, yield* now], [200, 10_000])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "an entry without a command never satisfies it, where those are slots",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster({ profile: bu })
        lead(servers[1], 1)
        for (const server of cluster.servers) cluster.history.record(server, { index: 1, command: undefined })
        assert.match(
          yield* complaintOf(one(cluster, 42, { servers: 3, retry: false })),
          /failed to reach agreement/
        )
      }).pipe(Effect.scoped)
    )
  )
})

const named = (name: string): LabTest => labTests.find((test) => test.name === name)!

describe("tests of the suite, where only a lie reaches the assertion", () => {
  it(
    "initial election: a leader in term 0",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        for (const server of servers) server.term = 0
        lead(servers[0], 0)
        assert.strictEqual(
          yield* complaintOf(named("initial election").run(cluster)),
          "term is 0, but should be at least 1"
        )
      }).pipe(Effect.scoped)
    )
  )

  it(
    "initial election: a term that changes is a warning",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        lead(servers[0], 1)
        const change = Effect.andThen(
          Effect.sleep(1000),
          Effect.sync(() => {
            for (const server of servers) server.term = 2
          })
        )
        yield* Effect.forkChild(change)
        yield* named("initial election").run(cluster)
        assert.deepStrictEqual(cluster.warnings, ["term changed even though there were no failures"])
      }).pipe(Effect.scoped)
    )
  )

  it.each([
    ["mit", 4],
    ["bu", 5]
  ] as const)("no agreement …, profile %s: a second command at index %d", (name, index) =>
    virtually(() =>
      Effect.gen(function* () {
        const profile = name === "bu" ? bu : undefined
        const { cluster, servers } = yield* probeCluster({
          servers: 5,
          ...(profile === undefined ? {} : { profile })
        })
        lead(servers[0], 1)
        applyEverywhere(servers, 10)
        yield* Effect.forkChild(
          Effect.andThen(
            Effect.sleep(2000),
            Effect.sync(() => {
              servers[0]!.nextIndex = index
            })
          )
        )
        assert.strictEqual(
          yield* complaintOf(named("no agreement if too many followers disconnect").run(cluster)),
          `unexpected index ${index}`
        )
      }).pipe(Effect.scoped)
    )()
  )

  it(
    "no agreement …: a first command at another index than 2",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster({ servers: 5 })
        lead(servers[0], 1)
        applyEverywhere(servers, 10)
        yield* Effect.forkChild(
          Effect.andThen(
            Effect.sleep(100),
            Effect.sync(() => {
              servers[0]!.nextIndex = 3
            })
          )
        )
        assert.strictEqual(
          yield* complaintOf(named("no agreement if too many followers disconnect").run(cluster)),
          "expected index 2, got 3"
        )
      }).pipe(Effect.scoped)
    )
  )

  it(
    "churn: a value that was seen committed and is gone at the end",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster({ servers: 5 })
        applyEverywhere(servers, 1, 2, 3)
        yield* Effect.sleep(1)
        assert.match(
          yield* complaintOf(named("churn").run(lying(cluster))),
          /^didn't find these committed values: \d+$/
        )
      }).pipe(Effect.scoped)
    )
  )
})

/**
 * Tells the first client that its command is committed at index 1, where there
 * is another, and the last one the truth about index 3.
 */
const lying = (cluster: LabCluster): LabCluster => {
  const refused = { index: 0, term: 1, isLeader: false }
  let lie: LabCommand | undefined
  let last: LabCommand | undefined
  const submit = (_: number, command: LabCommand) =>
    Effect.sync(() => {
      if (lie === undefined) {
        lie = command
        return { ...refused, index: 1, isLeader: true }
      }
      if (cluster.network.now() < 15_500) return refused
      last = command
      return { ...refused, index: 3, isLeader: true }
    })
  const committed = (index: number): Committed => {
    if (index === 1 && cluster.network.now() < 15_500) return { count: 1, slot: lie }
    if (index === 3 && last !== undefined) return { count: 5, slot: last }
    return cluster.history.committed(index)
  }
  const history = Object.assign(Object.create(cluster.history) as ApplyHistory, { committed })
  return Object.assign(Object.create(cluster) as LabCluster, { submit, history })
}
