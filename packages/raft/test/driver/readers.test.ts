import { logIndex } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Latch, Stream } from "effect"
import { MemoryDisk, MemoryNetwork, type RaftServer } from "../../src/index.ts"
import { assertFields } from "../support/assertFields.ts"
import { appendFrom, entry, fill, header, hear, sentOf, startAlone } from "../support/peers.ts"
import {
  counting,
  type GatedDisk,
  gatedDisk,
  leaderOf,
  makeWire,
  pass,
  persisterOf,
  settle,
  startElected,
  startServer,
  transportOf
} from "../support/servers.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, position) => `${position + 1}`)

type Applied = RaftServer.ApplyMsg<string>

/** A reader's haul so far, and its fiber. `between` runs after each entry. */
const follow = Effect.fnUntraced(function* (
  applied: Stream.Stream<Applied>,
  between: Effect.Effect<unknown> = Effect.void
) {
  const seen: Array<Applied> = []
  const reader = yield* applied.pipe(
    Stream.runForEach((message) => {
      seen.push(message)
      return between
    }),
    Effect.forkChild({ startImmediately: true })
  )
  return { seen, reader }
})

/** Commands `1`..`count` at the indexes of the same numbers. */
const assertAll = (seen: ReadonlyArray<Applied>, count: number) => {
  assert.deepStrictEqual(
    seen.map(({ index }) => Number(index)),
    numbers(count).map(Number)
  )
  assert.deepStrictEqual(
    seen.map(({ command }) => command),
    numbers(count)
  )
}

describe("applied", () => {
  it.effect("gives every reader every entry once and in order: a fast, a slow and a late one", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const fast = yield* follow(leader.server.applied)
      const slow = yield* follow(leader.server.applied, Effect.sleep("10 millis"))
      for (const command of numbers(50)) yield* leader.server.propose(command)
      yield* settle
      assertAll(fast.seen, 50)
      assertAll(slow.seen, 1)
      const late = yield* follow(leader.server.applied)
      yield* settle
      assertAll(late.seen, 50)
      yield* pass("1 second")
      assertAll(slow.seen, 50)
      yield* Fiber.interruptAll([fast.reader, slow.reader, late.reader])
    })
  )

  it.effect("a reader that never goes on holds up neither the server nor another reader", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const stuck = yield* follow(leader.server.applied, Effect.never)
      const other = yield* follow(leader.server.applied)
      for (const command of numbers(2_000)) yield* leader.server.start(command)
      yield* settle
      assertAll(other.seen, 2_000)
      assert.lengthOf(stuck.seen, 1)
      assert.strictEqual(yield* leader.server.propose("on"), "2001:on")
      yield* Fiber.interruptAll([stuck.reader, other.reader])
    })
  )

  it.effect("entries too large for one pull come all the same, in pieces", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const large = numbers(10).map((command) => command.padEnd(400_000, "."))
      for (const command of large) yield* leader.server.propose(command)
      yield* settle
      const { reader, seen } = yield* follow(leader.server.applied)
      yield* settle
      assert.deepStrictEqual(
        seen.map(({ command }) => command),
        large
      )
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("an entry is given only once the state machine holds it", () =>
    Effect.gen(function* () {
      const gate = Latch.makeUnsafe(false)
      const { server, wire } = yield* startAlone({
        machine: {
          ...(yield* counting),
          apply: (batch) =>
            Effect.as(
              gate.await,
              batch.map(() => "")
            )
        }
      })
      const { reader, seen } = yield* follow(server.applied)
      yield* hear(wire, appendFrom({ term: 1, sequence: 1, entries: [entry(1, 1, "1")], leaderCommit: 1 }))
      assertFields(yield* server.status, { commitIndex: 1, lastApplied: 0 })
      assert.lengthOf(seen, 0)
      yield* gate.open
      yield* settle
      assertAll(seen, 1)
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("an entry without a command has its place in the stream, and no command", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startAlone()
      const { reader, seen } = yield* follow(server.applied)
      const noOp = { ...entry(1, 1, ""), kind: "NoOp" as const, payload: new Uint8Array() }
      yield* hear(
        wire,
        appendFrom({ term: 1, sequence: 1, entries: [noOp, entry(2, 1, "x")], leaderCommit: 2 })
      )
      assert.deepStrictEqual(
        seen.map(({ command, index }) => [Number(index), command]),
        [
          [1, undefined],
          [2, "x"]
        ]
      )
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("ends when the server stops, after what was applied before", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const waiting = yield* follow(leader.server.applied)
      const slow = yield* follow(leader.server.applied, Effect.sleep("1 second"))
      for (const command of numbers(3)) yield* leader.server.propose(command)
      yield* settle
      yield* leader.stop
      yield* Fiber.join(waiting.reader)
      assertAll(waiting.seen, 3)
      yield* pass("10 seconds")
      yield* Fiber.join(slow.reader)
      assertAll(slow.seen, 3)
    })
  )
})

/** A server that comes back on a disk of `count` commands, of which memory gets 16, and hears that all are committed. */
const startFilled = Effect.fnUntraced(function* (
  count: number,
  change: (disk: GatedDisk) => void = () => {}
) {
  const disk = gatedDisk(MemoryDisk.make({ tailEntriesMax: 16 }))
  yield* fill(disk.disk, count)
  change(disk)
  const wire = yield* makeWire
  const running = yield* startServer({
    id: "s0",
    persister: persisterOf(disk),
    transport: transportOf(wire),
    options: { memoryEntriesMax: 16 }
  })
  const commit = hear(wire, {
    ...header("s1", { term: 1, sequence: 1 }),
    _tag: "HeartbeatRequest",
    leaderCommit: logIndex(count)
  })
  return { ...running, disk, commit }
})

describe("entries that memory has forgotten", () => {
  it.effect("are read back for a reader, in a cluster that keeps 16 of them", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected({ options: { memoryEntriesMax: 16 } })
      const slow = yield* follow(leader.server.applied, Effect.sleep("1 millis"))
      for (const command of numbers(300)) yield* leader.server.propose(command)
      assert.strictEqual(leader.disk.reads, 0)
      yield* pass("1 second")
      assertAll(slow.seen, 300)
      assert.isAbove(leader.disk.reads, 0)
      const late = yield* follow(followers[0]!.server.applied)
      yield* settle
      assertAll(late.seen, 300)
      yield* Fiber.interruptAll([slow.reader, late.reader])
    })
  )

  it.effect("are read back to be applied after a restart, from index 1", () =>
    Effect.gen(function* () {
      const { commit, disk, server } = yield* startFilled(100)
      const { reader, seen } = yield* follow(server.applied)
      yield* settle
      assert.lengthOf(seen, 0)
      yield* commit
      assertAll(seen, 100)
      assert.isAbove(disk.reads, 0)
      assertFields(yield* server.status, { lastApplied: 100 })
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("are asked for again when a read fails, for the state machine and for a reader", () =>
    Effect.gen(function* () {
      const { commit, disk, server } = yield* startFilled(100, (disk) => {
        disk.readFailures = 3
      })
      yield* commit
      assertFields(yield* server.status, { lastApplied: 0 })
      assert.strictEqual(disk.reads, 1, "no busy loop around a read that fails")
      yield* pass("1 second")
      assertFields(yield* server.status, { lastApplied: 100 })

      disk.readFailures = 2
      const { reader, seen } = yield* follow(server.applied)
      yield* settle
      assert.lengthOf(seen, 0)
      assert.strictEqual(disk.readFailures, 1)
      yield* pass("1 second")
      assertAll(seen, 100)
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("end a reader when they cannot be read and the server has stopped", () =>
    Effect.gen(function* () {
      const { commit, disk, server, stop } = yield* startFilled(100)
      yield* commit
      disk.readFailures = Infinity
      const { reader, seen } = yield* follow(server.applied)
      yield* stop
      yield* pass("1 second")
      yield* Fiber.join(reader)
      assert.lengthOf(seen, 0)
    })
  )

  it.effect(
    "must be what was asked for: a reader dies of storage that gives something else, rather than spin",
    () =>
      Effect.gen(function* () {
        const disk = MemoryDisk.make({ tailEntriesMax: 16 })
        yield* fill(disk, 40)
        const machine = { ...(yield* counting), appliedIndex: Effect.succeed(logIndex(40)) }
        const persister = MemoryDisk.persister(disk)
        let isBroken = false
        const { server } = yield* startServer({
          id: "s0",
          persister: {
            ...persister,
            readEntries: (range) => (isBroken ? Effect.succeed([]) : persister.readEntries(range))
          },
          transport: transportOf(yield* makeWire),
          machine
        })
        isBroken = true
        const { reader } = yield* follow(server.applied)
        yield* settle
        assert.strictEqual(reader.pollUnsafe()?._tag, "Failure")
      })
  )

  it.effect("reach a follower that was away for long, and one with an empty disk", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected({ options: { memoryEntriesMax: 16 } })
      const away = followers[0]!
      MemoryNetwork.disconnect(cluster.network, away.id)
      for (const command of numbers(200)) yield* leader.server.propose(command)
      leader.disk.readFailures = 1
      MemoryNetwork.connect(cluster.network, away.id)
      yield* pass("3 seconds")
      const current = yield* leaderOf(cluster)
      yield* current.server.propose("201")
      yield* pass("200 millis")
      const { reader, seen } = yield* follow(away.server.applied)
      yield* settle
      assertAll(seen, 201)
      yield* Fiber.interrupt(reader)
    })
  )
})

describe("changes", () => {
  it.effect("begin with the present, go on with every change of it, and end with the server", () =>
    Effect.gen(function* () {
      const { server, stop, wire } = yield* startAlone()
      const seen: Array<RaftServer.Change> = []
      const reader = yield* Effect.forkChild(
        Stream.runForEach(server.changes, (change) => Effect.sync(() => void seen.push(change))),
        { startImmediately: true }
      )
      yield* settle
      yield* hear(wire, {
        ...header("s2", { term: 1, sequence: 1 }),
        _tag: "RequestVoteRequest",
        lastLogIndex: logIndex(0),
        lastLogTerm: entry(0, 0, "").term,
        leadershipTransfer: false
      })
      yield* hear(wire, appendFrom({ term: 1, sequence: 1, entries: [entry(1, 1, "x")] }))
      // The same once more is no change.
      yield* hear(wire, appendFrom({ term: 1, sequence: 2 }))
      yield* hear(wire, appendFrom({ term: 1, sequence: 3, prev: [1, 1], leaderCommit: 1 }))
      yield* pass("600 millis")
      const campaign = sentOf(wire, "RequestVoteRequest", "s1").at(-1)!
      yield* hear(wire, { ...header("s1", campaign), _tag: "RequestVoteResponse", voteGranted: true })
      yield* stop
      yield* Fiber.join(reader)
      const found = seen.map((change) => [change.role, Number(change.term), change.leader])
      assert.deepStrictEqual(found, [
        ["Follower", 0, undefined],
        ["Follower", 1, undefined],
        ["Follower", 1, "s1"],
        ["Follower", 1, "s1"],
        ["Candidate", 2, undefined],
        ["Leader", 2, "s0"]
      ])
      assert.deepStrictEqual(
        seen.map(({ commitIndex }) => Number(commitIndex)),
        [0, 0, 0, 1, 1, 1]
      )
    })
  )

  it.effect("show a candidate that gives up because its disk is stuck", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startAlone({ options: { storageStallTimeout: Duration.millis(100) } })
      disk.gate.closeUnsafe()
      const seen: Array<RaftServer.Change["role"]> = []
      const reader = yield* Effect.forkChild(
        Stream.runForEach(server.changes, ({ role }) => Effect.sync(() => void seen.push(role))),
        { startImmediately: true }
      )
      yield* pass("5 seconds")
      assert.deepStrictEqual(seen, ["Follower", "Candidate", "Follower"])
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("show a slow reader the latest, without what came between", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const seen: Array<number> = []
      const go = yield* Deferred.make<void>()
      const reader = yield* Effect.forkChild(
        Stream.runForEach(leader.server.changes, (change) => {
          seen.push(change.commitIndex)
          return Deferred.await(go)
        }),
        { startImmediately: true }
      )
      for (const command of numbers(100)) yield* leader.server.propose(command)
      yield* Deferred.succeed(go, undefined)
      yield* settle
      assert.deepStrictEqual(seen, [0, 100])
      yield* Fiber.interrupt(reader)
    })
  )
})
