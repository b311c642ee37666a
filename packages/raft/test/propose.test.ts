import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber } from "effect"
import { MemoryNetwork, NotLeader, OutcomeUnknown, Stopped, StorageFailed, Superseded } from "../src/index.ts"
import { assertFields } from "./support/assertFields.ts"
import { appendFrom, entry, hear, sentOf, startAlone, startLeading } from "./support/peers.ts"
import { leaderOf, pass, settle, startElected } from "./support/servers.ts"

describe("propose", () => {
  it.effect("gives the state machine's result, once the command is applied", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      assert.strictEqual(yield* leader.server.propose("a"), "1:a")
      assert.strictEqual((yield* leader.server.status).commitIndex, 1)
      assert.strictEqual(yield* leader.server.propose("b"), "2:b")
    })
  )

  it.effect(
    "a follower that does not forward answers NotLeader with the leader it knows, and appends nothing",
    () =>
      Effect.gen(function* () {
        const { followers, leader } = yield* startElected({ options: { forwarding: false } })
        const refused = yield* Effect.flip(followers[0]!.server.propose("x"))
        assert.instanceOf(refused, NotLeader)
        assert.deepStrictEqual([refused.server, refused.leader], [followers[0]!.id, leader.id])
        assert.strictEqual((yield* followers[0]!.server.status).lastIndex, 0)
      })
  )

  it.effect("without a leader the hint is empty", () =>
    Effect.gen(function* () {
      const { server } = yield* startAlone()
      const refused = yield* Effect.flip(server.propose("x"))
      assert.instanceOf(refused, NotLeader)
      assert.isUndefined(refused.leader)
    })
  )

  it.effect(
    "an isolated leader cannot know: OutcomeUnknown, at its index, when the time is up and not before",
    () =>
      Effect.gen(function* () {
        const { cluster, leader } = yield* startElected()
        MemoryNetwork.disconnect(cluster.network, leader.id)
        const proposed = yield* Effect.forkChild(Effect.flip(leader.server.propose("x")))
        yield* pass("9900 millis")
        assert.isUndefined(proposed.pollUnsafe())
        yield* pass("100 millis")
        const unknown = yield* Fiber.join(proposed)
        assert.instanceOf(unknown, OutcomeUnknown)
        assertFields(unknown, { server: leader.id, index: 1, term: 1, reason: "Timeout" })
      })
  )

  it.effect(
    "L6 a leader that steps down without its quorum answers what waits: OutcomeUnknown, two election timeouts later",
    () =>
      Effect.gen(function* () {
        const { cluster, leader } = yield* startElected({ options: { preVote: true, checkQuorum: true } })
        MemoryNetwork.disconnect(cluster.network, leader.id)
        const proposed = yield* Effect.forkChild(Effect.flip(leader.server.propose("x")))
        let elapsed = 0
        for (; (yield* leader.server.state).isLeader; elapsed += 10) yield* pass("10 millis")
        assert.isAtMost(elapsed, 1_200)
        assert.instanceOf(yield* Effect.flip(leader.server.propose("y")), NotLeader)
        yield* pass("1190 millis")
        assert.isUndefined(proposed.pollUnsafe())
        yield* pass("10 millis")
        const unknown = yield* Fiber.join(proposed)
        assert.instanceOf(unknown, OutcomeUnknown)
        assertFields(unknown, { server: leader.id, index: 1, term: 1, reason: "LeadershipLost" })
      })
  )

  it.effect("the time is kept even when nothing else is due for long", () =>
    Effect.gen(function* () {
      const { server } = yield* startLeading({
        options: {
          heartbeatInterval: Duration.seconds(50),
          electionTimeoutMin: Duration.seconds(60),
          electionTimeoutMax: Duration.seconds(61),
          storageStallTimeout: Duration.seconds(100),
          proposalTimeout: Duration.seconds(1)
        }
      })
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")))
      yield* pass("999 millis")
      assert.isUndefined(proposed.pollUnsafe())
      yield* pass("1 millis")
      assert.isDefined(proposed.pollUnsafe())
      assertFields(yield* Fiber.join(proposed), { reason: "Timeout", index: 1 })
    })
  )

  it.effect("an old leader's command that was replaced is Superseded: it never took effect", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected()
      assert.strictEqual(yield* leader.server.propose("kept"), "1:kept")
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const lost = yield* Effect.forkChild(Effect.flip(leader.server.propose("lost")))
      const successor = yield* leaderOf(cluster)
      assert.strictEqual(yield* successor.server.propose("instead"), "2:instead")

      MemoryNetwork.connect(cluster.network, leader.id)
      yield* pass("1 second")
      const superseded = yield* Fiber.join(lost)
      assert.instanceOf(superseded, Superseded)
      assertFields(superseded, { server: leader.id, index: 2, term: 1 })
    })
  )

  it.effect("a command that survives its leader's fall is answered with its result", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      const proposed = yield* Effect.forkChild(server.propose("mine"))
      yield* settle
      // `s1` leads term 2, has that very entry, and commits it with one of its own.
      yield* hear(
        wire,
        appendFrom({ term: 2, sequence: 1, prev: [1, 1], entries: [entry(2, 2, "next")], leaderCommit: 2 })
      )
      assert.isFalse((yield* server.state).isLeader)
      assert.strictEqual(yield* Fiber.join(proposed), "1:mine")
    })
  )

  it.effect("a command appended and then caught by the server's end is unknown: Stopped", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* startLeading()
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")))
      yield* settle
      yield* stop
      const unknown = yield* Fiber.join(proposed)
      assert.instanceOf(unknown, OutcomeUnknown)
      assertFields(unknown, { index: 1, term: 1, reason: "Stopped" })
    })
  )

  it.effect("a command that no turn had taken when the server ended is definite: Stopped", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* startLeading()
      const proposed = yield* Effect.forkChild(Effect.flip(server.propose("x")), { startImmediately: true })
      yield* stop
      assert.instanceOf(yield* Fiber.join(proposed), Stopped)
      assert.strictEqual((yield* server.status).lastIndex, 0)
    })
  )

  it.effect("after storage failed a command is refused with that, one appended before is unknown", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startLeading()
      disk.writeFailure = "disk on fire"
      const unknown = yield* Effect.flip(server.propose("x"))
      assert.instanceOf(unknown, OutcomeUnknown)
      assertFields(unknown, { index: 1, term: 1, reason: "StorageFailed" })
      const refused = yield* Effect.flip(server.propose("y"))
      assert.instanceOf(refused, StorageFailed)
      assert.deepStrictEqual([refused.operation, refused.cause], ["submit", "disk on fire"])
    })
  )

  it.effect("interrupted before its turn, a command was never made", () =>
    Effect.gen(function* () {
      const { server, wire } = yield* startLeading()
      wire.sent.length = 0
      const proposed = yield* Effect.forkChild(server.propose("x"), { startImmediately: true })
      yield* Fiber.interrupt(proposed)
      yield* settle
      assert.strictEqual((yield* server.status).lastIndex, 0)
      assert.lengthOf(sentOf(wire, "AppendEntriesRequest"), 0)
    })
  )

  it.effect("interrupted later, only the answer is forgotten", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const proposed = yield* Effect.forkChild(leader.server.propose("x"), { startImmediately: true })
      while ((yield* leader.server.status).lastIndex === 0) yield* Effect.yieldNow
      yield* Fiber.interrupt(proposed)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(proposed)))
      yield* settle
      assert.strictEqual(yield* leader.server.propose("y"), "2:y")
    })
  )

  it.effect.each([
    { forwarding: false, expected: ["Result", "NotLeader", "OutcomeUnknown"] },
    { forwarding: true, expected: ["Result", "OutcomeUnknown"] }
  ])(
    "a thousand proposers among five servers, with a partition in the middle, all come to an end (forwarding: $forwarding)",
    ({ expected, forwarding }) =>
      Effect.gen(function* () {
        const { cluster, leader } = yield* startElected({ servers: 5, options: { forwarding } })
        const outcomes = new Map<string, number>()
        const proposeTo = (position: number, command: string) =>
          Effect.map(Effect.exit(cluster.members[position]!.server.propose(command)), (exit) => {
            const name = Exit.match(exit, {
              onSuccess: () => "Result",
              onFailure: (cause) =>
                (cause.reasons[0] as { readonly error?: { readonly _tag: string } }).error?._tag ?? "defect"
            })
            outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
          })
        const proposers = yield* Effect.forEach(
          Array.from({ length: 1_000 }, (_, number) => number),
          (number) =>
            Effect.forkChild(Effect.delay(proposeTo(number % 5, `${number}`), `${number % 700} millis`))
        )
        yield* pass("250 millis")
        MemoryNetwork.disconnect(cluster.network, leader.id)
        yield* pass("20 seconds")
        assert.isTrue(proposers.every((fiber) => fiber.pollUnsafe() !== undefined))
        assert.sameMembers([...outcomes.keys()], expected)
      })
  )
})
