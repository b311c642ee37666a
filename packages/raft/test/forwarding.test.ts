import { logIndex } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { MemoryNetwork, OutcomeUnknown } from "../src/index.ts"
import { assertFields } from "./support/assertFields.ts"
import { appendFrom, entry, header, hear, last, sentOf, startAlone } from "./support/peers.ts"
import { pass, settle, startElected } from "./support/servers.ts"

describe("§8 a follower that is asked to propose", () => {
  it.effect("§8 gives its own state machine's result, once the leader has committed the command", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected()
      assert.strictEqual(yield* followers[0]!.server.propose("a"), "1:a")
      assert.strictEqual(yield* followers[1]!.server.propose("b"), "2:b")
      assert.strictEqual(yield* leader.server.propose("c"), "3:c")
    })
  )

  it.effect("§8 sends all of a turn in one message", () =>
    Effect.gen(function* () {
      const { followers } = yield* startElected()
      const [{ sent, server }] = followers as [(typeof followers)[0]]
      const results = yield* Effect.forEach(["a", "b", "c"], server.propose, { concurrency: "unbounded" })
      assert.deepStrictEqual(results, ["1:a", "2:b", "3:c"])
      assert.lengthOf(sentOf({ sent }, "ForwardProposalsRequest"), 1)
    })
  )

  it.effect("§8 takes commands of sessions, which are executed once whoever is asked", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected()
      const session = yield* followers[0]!.server.openSession()
      assert.strictEqual(yield* session.propose("a"), "1:a")
      const copy = { session: session.id, sequence: 1, firstUnacknowledged: 1 }
      for (const { server } of [...followers, leader]) {
        assert.strictEqual(yield* server.sessions.propose(copy, "a"), "1:a")
      }
    })
  )

  it.effect("§8 start never forwards", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected()
      const started = yield* followers[0]!.server.start("a")
      assertFields(started, { isLeader: false, index: 0 })
      yield* settle
      assert.strictEqual((yield* leader.server.status).lastIndex, 0)
    })
  )

  it.effect("§8 interrupted before its turn leaves nothing", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startAlone()
      yield* hear(wire, appendFrom({ term: 1, sequence: 1 }))
      const proposed = yield* Effect.forkChild(server.propose("a"), { startImmediately: true })
      yield* Fiber.interrupt(proposed)
      yield* settle
      assert.lengthOf(sentOf(wire, "ForwardProposalsRequest"), 0)
    })
  )

  it.effect("§8 has the result although it applied the command before it heard where that stands", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startAlone()
      yield* hear(wire, appendFrom({ term: 1, sequence: 1 }))
      const proposed = yield* Effect.forkChild(server.propose("a"))
      yield* settle
      const request = last(wire, "ForwardProposalsRequest", "s1")
      yield* hear(wire, appendFrom({ term: 1, sequence: 2, entries: [entry(1, 1, "a")], leaderCommit: 1 }))
      assertFields(yield* server.status, { lastApplied: 1 })
      assert.isUndefined(proposed.pollUnsafe())
      yield* hear(wire, {
        ...header("s1", request),
        _tag: "ForwardProposalsResponse",
        asker: request.incarnation,
        outcome: "Taken",
        firstIndex: logIndex(1),
        count: 1
      })
      assert.strictEqual(yield* Fiber.join(proposed), "1:a")
    })
  )

  it.effect("§8 says OutcomeUnknown when its leader is gone with the answer", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected()
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const proposed = yield* Effect.forkChild(Effect.flip(followers[0]!.server.propose("a")))
      yield* pass("5 seconds")
      const unknown = yield* Fiber.join(proposed)
      assert.instanceOf(unknown, OutcomeUnknown)
      assertFields(unknown, { index: 0, term: 0, reason: "Forwarded" })
      assert.include(unknown.message, "forwarded")
    })
  )

  it.effect("§8 says so too when it is closed with a command on its way", () =>
    Effect.gen(function* () {
      const { server, stop, wire } = yield* startAlone()
      yield* hear(wire, appendFrom({ term: 1, sequence: 1 }))
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("a")))
      yield* settle
      yield* stop
      const unknown = yield* Fiber.join(proposed)
      assert.instanceOf(unknown, OutcomeUnknown)
      assertFields(unknown, { reason: "Stopped" })
    })
  )

  it.effect("§8 repeats what is lost on the way, and the leader appends it once", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected()
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const proposed = yield* Effect.forkChild(followers[0]!.server.propose("a"))
      yield* pass("150 millis")
      MemoryNetwork.connect(cluster.network, leader.id)
      yield* pass("300 millis")
      assert.strictEqual(yield* Fiber.join(proposed), "1:a")
      assert.strictEqual((yield* leader.server.status).lastIndex, 1)
    })
  )
})
