import { type Entry, logIndex, term, type Write, writeId } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option } from "effect"
import { bu, type LabDisk, LabRpc, type LabStorage, memoryStorage, mit } from "../../src/index.ts"
import { virtually } from "../virtual.ts"
import { heartbeat, unreachable } from "./messages.ts"
import { probeCluster, probeServers } from "./probeServers.ts"

const write = (id: number, currentTerm: number): Write => ({
  _tag: "Write",
  id: writeId(id),
  hardState: { currentTerm: term(currentTerm), votedFor: undefined },
  truncateFrom: undefined,
  chunk: undefined,
  entries: [] satisfies ReadonlyArray<Entry>
})

describe("connections", () => {
  it(
    "connected servers form one full mesh, the others reach nobody",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster({ servers: 4 })
        cluster.disconnect(0)
        cluster.disconnect(1)
        cluster.connect(1)
        for (const from of servers) {
          const others = servers.filter(({ id }) => id !== from.id)
          yield* from.transport.send(others.map((to) => heartbeat(from.id, to.id, 1)))
        }
        yield* Effect.sleep(7000)
        const heard = servers.map(({ received }) =>
          received.flatMap((inbound) => (inbound._tag === "MessageReceived" ? [inbound.message.from] : []))
        )
        assert.deepStrictEqual(heard, [[], ["s2", "s3"], ["s1", "s3"], ["s1", "s2"]])
        assert.deepStrictEqual(
          cluster.servers.map((server) => cluster.rpcCount(server)),
          [0, 2, 2, 2]
        )
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a server that was started again reaches nobody before it is connected",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives } = yield* probeCluster()
        yield* cluster.start(0)
        const again = lives.at(-1)!
        yield* again.transport.send([heartbeat("s0", "s1", 1)])
        yield* Effect.sleep(7000)
        assert.deepStrictEqual(again.received, [unreachable("s1", 1)])
        cluster.connect(0)
        yield* again.transport.send([heartbeat("s0", "s1", 2)])
        yield* Effect.sleep(1)
        assert.strictEqual(cluster.rpcCount(1), 1)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a server that is down handles nothing, connected or not",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        yield* cluster.crash(0)
        cluster.connect(0)
        yield* servers[1]!.transport.send([heartbeat("s1", "s0", 1)])
        yield* Effect.sleep(7000)
        assert.deepStrictEqual(servers[1]!.received, [unreachable("s0", 1)])
        assert.deepStrictEqual([cluster.rpcCount(0), cluster.isAlive(0)], [0, false])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "an end disabled and enabled again keeps the calls that are under way",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster()
        const [s0, s1] = [servers[0]!, servers[1]!]
        yield* s1.transport.send([heartbeat("s1", "s0", 1)])
        yield* Effect.sleep(10)
        cluster.disconnect(1)
        cluster.connect(1)
        yield* s0.transport.send([{ ...heartbeat("s0", "s1", 1), _tag: "HeartbeatResponse", accepted: true }])
        yield* Effect.sleep(10)
        assert.strictEqual(s1.received[0]?._tag, "MessageReceived")
      }).pipe(Effect.scoped)
    )
  )
})

describe("partitions", () => {
  it(
    "servers of one part reach each other and nobody else, until all are joined again",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, servers } = yield* probeCluster({ servers: 4, profile: bu })
        const heard = Effect.fnUntraced(function* (number: number) {
          for (const from of servers) {
            const others = servers.filter(({ id }) => id !== from.id)
            yield* from.transport.send(others.map((to) => heartbeat(from.id, to.id, number)))
          }
          yield* Effect.sleep(100)
          return servers.map(({ received }) =>
            received
              .splice(0)
              .flatMap((inbound) => (inbound._tag === "MessageReceived" ? [inbound.message.from] : []))
          )
        })
        cluster.partition([[0, 2], [1]])
        assert.deepStrictEqual(yield* heard(1), [["s2"], [], ["s0"], []])
        cluster.partition([
          [0, 1],
          [2, 3]
        ])
        assert.deepStrictEqual(yield* heard(2), [["s1"], ["s0"], ["s3"], ["s2"]])
        for (const server of cluster.servers) cluster.connect(server)
        assert.deepStrictEqual(yield* heard(3), [
          ["s1", "s2", "s3"],
          ["s0", "s2", "s3"],
          ["s0", "s1", "s3"],
          ["s0", "s1", "s2"]
        ])
      }).pipe(Effect.scoped)
    )
  )
})

describe("calls from outside", () => {
  it(
    "go to the server's handlers, and messages of Raft past them",
    virtually(() =>
      Effect.gen(function* () {
        const { lives, makeServer } = probeServers()
        const { cluster } = yield* probeCluster({
          makeServer: (options) =>
            Effect.map(makeServer(options), (server) => ({
              ...server,
              handlers: { whoAreYou: () => Effect.succeed(options.id) }
            }))
        })
        const end = cluster.makeEnd("somebody", 1)
        const ask = LabRpc.call(cluster.network, end, "whoAreYou", null)
        assert.deepStrictEqual(yield* ask, Option.none())
        end.enabled = true
        assert.deepStrictEqual(yield* ask, Option.some<unknown>("s1"))
        // Cutting the server off from its peers leaves this link as it is.
        cluster.disconnect(1)
        assert.deepStrictEqual(yield* ask, Option.some<unknown>("s1"))
        cluster.connect(1)

        yield* lives[0]!.transport.send([heartbeat("s0", "s1", 1)])
        yield* Effect.sleep(1)
        assert.deepStrictEqual(
          lives[1]!.received.map(({ _tag }) => _tag),
          ["MessageReceived"]
        )
        assert.strictEqual(cluster.rpcCount(1), 3)

        yield* cluster.crash(1)
        assert.deepStrictEqual(yield* ask, Option.none())
        yield* cluster.start(1)
        assert.deepStrictEqual(yield* ask, Option.some<unknown>("s1"))
      }).pipe(Effect.scoped)
    )
  )
})

describe("crashes", () => {
  it(
    "what was written before survives, what the old life writes later does not show",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives } = yield* probeCluster()
        const old = lives[0]!
        yield* old.persister.submit([write(1, 5)])
        yield* cluster.crash(0)
        yield* old.persister.submit([write(2, 6)])
        yield* cluster.start(0)
        yield* old.persister.submit([write(3, 7)])
        const loaded = yield* lives.at(-1)!.persister.load
        assert.strictEqual(loaded.hardState.currentTerm, 5)
        assert.strictEqual(loaded.lastIndex, logIndex(0))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "what a life writes while it is being killed does not show",
    virtually(() =>
      Effect.gen(function* () {
        const lastWords = (disk: LabDisk): LabDisk => ({
          open: Effect.tap(disk.open, (persister) =>
            Effect.addFinalizer(() => Effect.orDie(persister.submit([write(9, 9)])))
          ),
          copy: Effect.map(disk.copy, lastWords)
        })
        const storage: LabStorage = { make: (id) => Effect.map(memoryStorage.make(id), lastWords) }
        const { cluster, lives } = yield* probeCluster({ storage })
        yield* lives[0]!.persister.submit([write(1, 5)])
        yield* cluster.start(0)
        assert.strictEqual((yield* lives.at(-1)!.persister.load).hardState.currentTerm, 5)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "starting a server that runs crashes it first",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives } = yield* probeCluster()
        yield* lives[1]!.persister.submit([write(1, 5)])
        yield* cluster.start(1)
        assert.isFalse(cluster.isConnected(1))
        yield* lives[1]!.persister.submit([write(2, 6)])
        assert.strictEqual((yield* lives.at(-1)!.persister.load).hardState.currentTerm, 5)
        assert.lengthOf(lives, 4)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a server that is down accepts no command and has no state",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives } = yield* probeCluster()
        lives[0]!.isLeader = true
        assert.isTrue((yield* cluster.submit(0, 1)).isLeader)
        yield* cluster.crash(0)
        assert.isFalse((yield* cluster.submit(0, 1)).isLeader)
        assert.isUndefined(yield* cluster.state(0))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a request that reached a life that was killed has no reply, from that life or the next",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives, servers } = yield* probeCluster()
        const [old, caller] = [servers[0]!, servers[1]!]
        yield* caller.transport.send([heartbeat("s1", "s0", 1)])
        yield* Effect.sleep(10)
        assert.lengthOf(old.received, 1)
        yield* cluster.start(0)
        cluster.connect(0)
        const answer = { ...heartbeat("s0", "s1", 1), _tag: "HeartbeatResponse", accepted: true } as const
        yield* old.transport.send([answer])
        yield* lives.at(-1)!.transport.send([answer])
        yield* Effect.sleep(100)
        assert.deepStrictEqual(caller.received, [unreachable("s0", 1)])
      }).pipe(Effect.scoped)
    )
  )

  it.each([
    [mit, 1],
    [bu, 0]
  ] as const)(
    "what a killed life still applies: profile $0.name records $1 entries of it",
    (profile, recorded) =>
      virtually(() =>
        Effect.gen(function* () {
          const { cluster, lives } = yield* probeCluster({ profile })
          yield* cluster.crash(0)
          lives[0]!.apply(1, 10)
          yield* Effect.sleep(1)
          assert.strictEqual(cluster.history.maxIndex, recorded)
        }).pipe(Effect.scoped)
      )()
  )
})

describe("a cluster", () => {
  it.each([mit, bu])("takes the network's flags from its options, profile $name", (profile) =>
    virtually(() =>
      Effect.gen(function* () {
        for (const isReliable of [true, false]) {
          const { cluster } = yield* probeCluster({ profile, isReliable })
          assert.strictEqual(cluster.network.reliable, isReliable)
          assert.strictEqual(cluster.network.longDelays, profile.longDelays)
          assert.isFalse(cluster.network.longReordering)
        }
      }).pipe(Effect.scoped)
    )()
  )

  it(
    "restarts count from the first index again",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives } = yield* probeCluster({ profile: bu })
        lives[0]!.apply(1, 10, 20)
        yield* Effect.sleep(1)
        assert.strictEqual(cluster.history.committed(2).count, 1)
        yield* cluster.start(0)
        assert.strictEqual(cluster.history.committed(2).count, 0)
        lives.at(-1)!.apply(1, 10, 20)
        yield* Effect.sleep(1)
        assert.strictEqual(cluster.history.committed(2).count, 1)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "tells of a broken rule as soon as it is applied",
    virtually(() =>
      Effect.gen(function* () {
        const { cluster, lives } = yield* probeCluster()
        const fatal = yield* Effect.forkChild(Effect.flip(Deferred.await(cluster.fatal)))
        lives[0]!.apply(1, 10)
        lives[1]!.apply(1, 11)
        const failure = yield* Fiber.join(fatal)
        assert.match(failure.assertion, /^apply error: commit index 1/)
        assert.lengthOf(failure.history, 3)
      }).pipe(Effect.scoped)
    )
  )
})
