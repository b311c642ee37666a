import { logIndex, type Message, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { MemoryNetwork, OutcomeUnknown, StorageFailed } from "../../src/index.ts"
import { assertFields } from "../support/assertFields.ts"
import { appendFrom, entry, header, hear, sentOf, startAlone, startLeading } from "../support/peers.ts"
import {
  counting,
  type GatedDisk,
  gatedDisk,
  leaderOf,
  pass,
  settle,
  startElected
} from "../support/servers.ts"

const tags = ({ sent }: { readonly sent: ReadonlyArray<Message> }) => sent.map(({ _tag }) => _tag)

const voteRequest = (of: { readonly term: number; readonly sequence: number }): Message => ({
  ...header("s1", of),
  _tag: "RequestVoteRequest",
  lastLogIndex: logIndex(0),
  lastLogTerm: term(0),
  leadershipTransfer: false
})

const heartbeat = (of: { readonly term: number; readonly sequence: number }): Message => ({
  ...header("s1", of),
  _tag: "HeartbeatRequest",
  leaderCommit: logIndex(0)
})

const closed = (): GatedDisk => {
  const disk = gatedDisk()
  disk.gate.closeUnsafe()
  return disk
}

describe("nothing that promises leaves before its write is durable", () => {
  it.effect("a granted vote", () =>
    Effect.gen(function* () {
      const { disk, wire } = yield* startAlone({ disk: closed() })
      yield* hear(wire, voteRequest({ term: 1, sequence: 1 }))
      // The repeated request finds the vote given, but not yet stored.
      yield* hear(wire, voteRequest({ term: 1, sequence: 2 }))
      assert.deepStrictEqual(tags(wire), [])
      yield* disk.gate.open
      yield* settle
      assert.deepStrictEqual(
        sentOf(wire, "RequestVoteResponse").map(({ sequence, voteGranted }) => [sequence, voteGranted]),
        [
          [1, true],
          [2, true]
        ]
      )
      assert.strictEqual(disk.disk.contents.hardState.votedFor, "s1")
    })
  )

  it.effect("a candidate's requests, which promise its own vote", () =>
    Effect.gen(function* () {
      const { disk, wire } = yield* startAlone({ disk: closed() })
      yield* pass("600 millis")
      assert.deepStrictEqual(tags(wire), [])
      assert.isAtLeast(disk.submitted.length, 1)
      yield* disk.gate.open
      yield* settle
      assert.deepStrictEqual(tags(wire).slice(0, 2), ["RequestVoteRequest", "RequestVoteRequest"])
      assert.strictEqual(disk.disk.contents.hardState.votedFor, "s0")
    })
  )

  it.effect("an acknowledged append, also the repetition that writes nothing itself", () =>
    Effect.gen(function* () {
      const { disk, wire } = yield* startAlone()
      yield* hear(wire, heartbeat({ term: 1, sequence: 1 }))
      wire.sent.length = 0
      disk.gate.closeUnsafe()
      yield* hear(wire, appendFrom({ term: 1, sequence: 2, entries: [entry(1, 1, "a")] }))
      yield* hear(wire, appendFrom({ term: 1, sequence: 3, entries: [entry(1, 1, "a")] }))
      assert.deepStrictEqual(tags(wire), [])
      yield* disk.gate.open
      yield* settle
      assert.deepStrictEqual(
        sentOf(wire, "AppendEntriesAccepted").map(({ matchIndex, sequence }) => [sequence, matchIndex]),
        [
          [2, 1],
          [3, 1]
        ]
      )
    })
  )

  it.effect("heartbeats' answers and refusals reveal only a stored term: they pass a write of the log", () =>
    Effect.gen(function* () {
      const { disk, wire } = yield* startAlone()
      yield* hear(wire, heartbeat({ term: 2, sequence: 1 }))
      wire.sent.length = 0
      disk.gate.closeUnsafe()
      yield* hear(wire, appendFrom({ term: 2, sequence: 2, entries: [entry(1, 2, "a")] }))
      yield* hear(wire, heartbeat({ term: 2, sequence: 3 }))
      yield* hear(wire, appendFrom({ term: 2, sequence: 4, prev: [7, 2] }))
      yield* hear(wire, voteRequest({ term: 1, sequence: 5 }))
      assert.deepStrictEqual(tags(wire), ["HeartbeatResponse", "AppendEntriesRefused", "RequestVoteResponse"])
    })
  )

  it.effect("but no answer reveals a term that is not stored", () =>
    Effect.gen(function* () {
      const { disk, wire } = yield* startAlone({ disk: closed() })
      yield* hear(wire, heartbeat({ term: 2, sequence: 1 }))
      assert.deepStrictEqual(tags(wire), [])
      yield* disk.gate.open
      yield* settle
      assert.deepStrictEqual(tags(wire), ["HeartbeatResponse"])
    })
  )

  it.effect(
    "a leader's append goes out beside its own write, and the entry commits by the others' disks",
    () =>
      Effect.gen(function* () {
        const { followers, leader } = yield* startElected()
        yield* leader.server.propose("warm")
        yield* settle
        leader.sent.length = 0
        leader.disk.gate.closeUnsafe()
        const proposed = yield* Effect.forkChild(leader.server.propose("x"))
        yield* settle
        assert.lengthOf(sentOf(leader, "AppendEntriesRequest"), 2)
        assert.strictEqual((yield* leader.server.status).commitIndex, 2)
        assert.strictEqual((yield* followers[0]!.server.status).lastApplied, 2)
        // Its own state machine holds nothing that its own disk could lose.
        assert.strictEqual((yield* leader.server.status).lastApplied, 1)
        assert.isUndefined(proposed.pollUnsafe())
        yield* leader.disk.gate.open
        assert.strictEqual(yield* Fiber.join(proposed), "2:x")
      })
  )
})

describe("storage", () => {
  it.effect("writes gathered while one is slow go together in the next, and complete as a prefix", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startLeading()
      disk.submitted.length = 0
      disk.gate.closeUnsafe()
      for (const command of ["a", "b", "c", "d"]) {
        yield* server.start(command)
        yield* settle
      }
      assert.deepStrictEqual(
        disk.submitted.map((writes) => writes.length),
        [1]
      )
      yield* disk.gate.open
      yield* settle
      assert.deepStrictEqual(
        disk.submitted.map((writes) => writes.length),
        [1, 3]
      )
      const ids = disk.submitted.flat().map(({ id }) => id)
      assert.deepStrictEqual(
        ids,
        ids.map((_, position) => ids[0]! + position)
      )
      assert.strictEqual(disk.disk.contents.log.lastIndex, 4)
    })
  )

  it.effect("a write is submitted once at a time", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startLeading()
      disk.gate.closeUnsafe()
      for (let command = 0; command < 5; command++) {
        yield* server.start(`${command}`)
        yield* settle
        assert.strictEqual(disk.open, 1)
      }
    })
  )

  it.effect("its first failure is final: nothing is sent or written any more, everybody is told", () =>
    Effect.gen(function* () {
      const { disk, server, wire } = yield* startLeading()
      const stopped = yield* Effect.forkChild(Effect.flip(server.stopped), { startImmediately: true })
      disk.gate.closeUnsafe()
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")))
      yield* settle
      disk.writeFailure = "no space"
      yield* disk.gate.open
      yield* settle
      const sent = wire.sent.length
      const submits = disk.submitted.length

      assertFields(yield* Fiber.join(proposed), { _tag: "OutcomeUnknown", reason: "StorageFailed" })
      const failure = yield* Fiber.join(stopped)
      assert.instanceOf(failure, StorageFailed)
      assert.strictEqual(failure.cause, "no space")
      disk.writeFailure = undefined
      yield* hear(wire, voteRequest({ term: 9, sequence: 1 }))
      yield* pass("5 seconds")
      assert.strictEqual(wire.sent.length, sent)
      assert.strictEqual(disk.submitted.length, submits)
      assert.isFalse((yield* server.state).isLeader)
      assertFields(yield* server.status, { role: "Follower", leader: undefined, peers: [] })
    })
  )

  it.effect("everybody is told even while another part of the server cannot be ended", () =>
    Effect.gen(function* () {
      const disk = gatedDisk()
      const machine = {
        ...(yield* counting),
        apply: () => Effect.uninterruptible(Effect.delay(Effect.succeed(["late"]), "1 hour"))
      }
      const { server, wire } = yield* startLeading({ disk, machine })
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")))
      yield* settle
      yield* hear(wire, {
        ...header("s1", { term: 1, sequence: sentOf(wire, "AppendEntriesRequest", "s1").at(-1)!.sequence }),
        _tag: "AppendEntriesAccepted",
        matchIndex: logIndex(1)
      })
      disk.writeFailure = "gone"
      yield* server.start("y")
      yield* settle
      const unknown = proposed.pollUnsafe()
      assert.isDefined(unknown)
      assert.instanceOf(yield* Fiber.join(proposed), OutcomeUnknown)
      assert.instanceOf(yield* Effect.flip(server.stopped), StorageFailed)
      yield* pass("1 hour")
    })
  )

  it.effect("a leader whose disk stalls steps down, and another serves", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected({
        options: { storageStallTimeout: Duration.seconds(1) }
      })
      leader.disk.gate.closeUnsafe()
      yield* leader.server.start("x")
      yield* pass("900 millis")
      assert.isTrue((yield* leader.server.state).isLeader)
      yield* pass("100 millis")
      assert.isFalse((yield* leader.server.state).isLeader)
      const successor = yield* leaderOf(cluster)
      assert.notStrictEqual(successor.id, leader.id)
      assert.include(yield* successor.server.propose("y"), ":y")
      // The stalled server may come back to life.
      yield* leader.disk.gate.open
      yield* pass("1 second")
      assert.strictEqual(
        (yield* leader.server.status).lastApplied,
        (yield* successor.server.status).lastApplied
      )
      assert.isTrue(MemoryNetwork.isConnected(cluster.network, leader.id))
    })
  )
})
