import { logIndex, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { InvalidCommand, MemoryDisk, Overloaded, StateMachine, Stopped } from "../src/index.ts"
import { assertFields } from "./support/assertFields.ts"
import { sentOf, startAlone, startLeading } from "./support/peers.ts"
import { counting, settle, startElected, startServer, makeWire, transportOf } from "./support/servers.ts"

describe("start and state", () => {
  it.effect("a server that does not lead says so at once: index 0, its term", () =>
    Effect.gen(function* () {
      const { server } = yield* startAlone()
      assert.deepStrictEqual(yield* server.start("x"), { index: logIndex(0), term: term(0), isLeader: false })
      assert.deepStrictEqual(yield* server.state, { term: term(0), isLeader: false })
      assert.strictEqual((yield* server.status).lastIndex, 0)
    })
  )

  it.effect("a leader names index and term before anything is stored or sent", () =>
    Effect.gen(function* () {
      const { disk, server, wire } = yield* startLeading()
      const submits = disk.submitted.length
      disk.gate.closeUnsafe()
      const messages = wire.sent.length
      assert.deepStrictEqual(yield* server.start("x"), { index: logIndex(1), term: term(1), isLeader: true })
      assert.deepStrictEqual(yield* server.start("y"), { index: logIndex(2), term: term(1), isLeader: true })
      assert.strictEqual(disk.submitted.length, submits)
      assert.strictEqual(wire.sent.length, messages)
      assert.deepStrictEqual(yield* server.state, { term: term(1), isLeader: true })
    })
  )

  it.effect("a burst of starts leaves as one append for each follower, and one write", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      yield* leader.server.propose("warm")
      yield* settle
      leader.sent.length = 0
      leader.disk.submitted.length = 0
      for (let command = 0; command < 12; command++) yield* leader.server.start(`${command}`)
      yield* settle

      const appends = sentOf(leader, "AppendEntriesRequest")
      assert.deepStrictEqual(
        appends.map(({ entries }) => entries.length),
        [12, 12]
      )
      assert.notStrictEqual(appends[0]?.to, appends[1]?.to)
      assert.lengthOf(leader.disk.submitted, 1)
      assert.strictEqual((yield* leader.server.status).commitIndex, 13)
    })
  )

  it.effect("a burst of proposals leaves as one append for each follower too", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      yield* leader.server.propose("warm")
      yield* settle
      leader.sent.length = 0
      const results = yield* Effect.forEach(["a", "b", "c"], leader.server.propose, {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(results, ["2:a", "3:b", "4:c"])
      assert.deepStrictEqual(
        sentOf(leader, "AppendEntriesRequest").map(({ entries }) => entries.length),
        [3, 3]
      )
    })
  )

  it.effect("too many uncommitted commands are refused as Overloaded, and not appended", () =>
    Effect.gen(function* () {
      const { server } = yield* startLeading({ options: { uncommittedEntriesMax: 2 } })
      yield* server.start("a")
      yield* server.start("b")
      assert.instanceOf(yield* Effect.flip(server.start("c")), Overloaded)
      assert.instanceOf(yield* Effect.flip(server.propose("c")), Overloaded)
      assert.strictEqual((yield* server.status).lastIndex, 2)
    })
  )

  it.effect("a command that its schema refuses is InvalidCommand, and not appended", () =>
    Effect.gen(function* () {
      const machine = yield* counting
      const command = StateMachine.json(Schema.String.check(Schema.isMinLength(2)))
      const { server } = yield* startServer({
        id: "s0",
        bootstrap: ["s0"],
        persister: MemoryDisk.persister(MemoryDisk.make()),
        transport: transportOf(yield* makeWire),
        machine: { ...machine, command }
      })
      const refused = yield* Effect.flip(server.propose("x"))
      assert.instanceOf(refused, InvalidCommand)
      assert.strictEqual(refused.server, "s0")
      assert.instanceOf(yield* Effect.flip(server.start("x")), InvalidCommand)
      assert.strictEqual((yield* server.status).lastIndex, 0)
    })
  )

  it.effect("a stopped server starts and proposes nothing, and leads nothing", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* startLeading()
      yield* stop
      assert.instanceOf(yield* Effect.flip(server.start("x")), Stopped)
      assert.instanceOf(yield* Effect.flip(server.propose("x")), Stopped)
      assert.isFalse((yield* server.state).isLeader)
      assert.strictEqual((yield* server.status).lastIndex, 0)
    })
  )

  it.effect("status tells role, leader, members and, of a leader, how far its peers are", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected()
      yield* leader.server.propose("x")
      yield* settle
      const status = yield* leader.server.status
      assertFields(status, {
        id: leader.id,
        role: "Leader",
        leader: leader.id,
        commitIndex: 1,
        lastApplied: 1,
        lastIndex: 1
      })
      assert.deepStrictEqual(
        status.members.map((member) => member.id),
        ["s0", "s1", "s2"]
      )
      assert.sameDeepMembers(
        [...status.peers],
        followers.map(({ id }) => ({ id, matchIndex: 1, nextIndex: 2 }))
      )
      const other = yield* followers[0]!.server.status
      assertFields(other, { role: "Follower", leader: leader.id, commitIndex: 1, peers: [] })
    })
  )
})
