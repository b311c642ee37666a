import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Stream } from "effect"
import { MemoryNetwork, NotLeader, Overloaded, Stopped, StorageFailed, TransferFailed } from "../src/index.ts"
import { assertFields } from "./support/assertFields.ts"
import { startAlone, startLeading } from "./support/peers.ts"
import { leaderOf, pass, settle, startElected } from "./support/servers.ts"

const allOn = { preVote: true, checkQuorum: true, noOp: true }

describe("transferLeadership (thesis §3.10)", () => {
  it.effect("completes when this server follows the target, long before an election timeout", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected({ options: allOn })
      const target = followers[1]!
      const before = (yield* leader.server.state).term
      yield* leader.server.propose("a")
      const transfer = yield* Effect.forkChild(leader.server.transferLeadership(target.id))
      yield* pass("200 millis")
      yield* Fiber.join(transfer)
      assert.deepStrictEqual(yield* target.server.state, { term: before + 1, isLeader: true } as never)
      assertFields(yield* leader.server.status, { role: "Follower", leader: target.id })
      assert.strictEqual(yield* target.server.propose("b"), "2:b")
    })
  )

  it.effect("to itself there is nothing to do", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected({ options: allOn })
      yield* leader.server.transferLeadership(leader.id)
      assert.isTrue((yield* leader.server.state).isLeader)
    })
  )

  it.effect("a server that does not lead says who does", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected({ options: allOn })
      const refused = yield* Effect.flip(followers[0]!.server.transferLeadership(followers[1]!.id))
      assert.instanceOf(refused, NotLeader)
      assertFields(refused, { server: followers[0]!.id, leader: leader.id })
    })
  )

  it.effect("a stranger is no voter, and the leader leads on", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected({ options: allOn })
      const refused = yield* Effect.flip(leader.server.transferLeadership("nobody"))
      assert.instanceOf(refused, TransferFailed)
      assertFields(refused, { server: leader.id, target: "nobody", reason: "NotVoter" })
      assert.strictEqual(yield* leader.server.propose("a"), "1:a")
    })
  )

  it.effect(
    "a target that is away: TimedOut after an election timeout, meanwhile Overloaded, then as before",
    () =>
      Effect.gen(function* () {
        const { cluster, followers, leader } = yield* startElected({ options: allOn })
        const target = followers[0]!
        MemoryNetwork.disconnect(cluster.network, target.id)
        const transfer = yield* Effect.forkChild(Effect.flip(leader.server.transferLeadership(target.id)))
        yield* pass("100 millis")
        assert.instanceOf(yield* Effect.flip(leader.server.propose("x")), Overloaded)
        const second = yield* Effect.flip(leader.server.transferLeadership(followers[1]!.id))
        assertFields(second, { _tag: "TransferFailed", reason: "AlreadyInProgress" })

        yield* pass("500 millis")
        const failed = yield* Fiber.join(transfer)
        assertFields(failed, { _tag: "TransferFailed", target: target.id, reason: "TimedOut" })
        assert.strictEqual(yield* leader.server.propose("a"), "1:a")
      })
  )

  it.effect(
    "a leader that is cut off in the middle ends it as well: Lost, within three election timeouts",
    () =>
      Effect.gen(function* () {
        const { cluster, followers, leader } = yield* startElected({
          options: {
            ...allOn,
            electionTimeoutMin: Duration.millis(300),
            electionTimeoutMax: Duration.millis(310)
          }
        })
        MemoryNetwork.disconnect(cluster.network, leader.id)
        yield* pass("150 millis")
        const transfer = yield* Effect.forkChild(
          Effect.flip(leader.server.transferLeadership(followers[0]!.id))
        )
        yield* pass("930 millis")
        assert.isDefined(transfer.pollUnsafe())
        assertFields(yield* Fiber.join(transfer), { _tag: "TransferFailed", reason: "Lost" })
      })
  )

  it.effect("a server that is closed in the middle ends it: Stopped", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* startLeading()
      const transfer = yield* Effect.forkChild(Effect.flip(server.transferLeadership("s1")))
      yield* settle
      assert.isUndefined(transfer.pollUnsafe())
      yield* stop
      assert.instanceOf(yield* Fiber.join(transfer), Stopped)
      assert.instanceOf(yield* Effect.flip(server.transferLeadership("s1")), Stopped)
    })
  )

  it.effect("a server whose storage fails in the middle says so", () =>
    Effect.gen(function* () {
      const { disk, server } = yield* startLeading()
      yield* disk.gate.close
      yield* server.start("x")
      const transfer = yield* Effect.forkChild(Effect.flip(server.transferLeadership("s1")))
      yield* settle
      disk.writeFailure = "disk on fire"
      yield* disk.gate.open
      yield* settle
      assert.instanceOf(yield* Fiber.join(transfer), StorageFailed)
    })
  )

  it.effect("interrupting the wait forgets the answer, not the transfer", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected({ options: allOn })
      const transfer = yield* Effect.forkChild(leader.server.transferLeadership(followers[0]!.id), {
        startImmediately: true
      })
      yield* Fiber.interrupt(transfer)
      yield* pass("200 millis")
      assert.isTrue((yield* followers[0]!.server.state).isLeader)
    })
  )

  it.effect("the changes of both servers show it, the steps before an election included", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected({ options: allOn })
      const roles: Array<string> = []
      yield* Effect.forkChild(
        Stream.runForEach(followers[0]!.server.changes, ({ role }) =>
          Effect.sync(() => {
            if (roles.at(-1) !== role) roles.push(role)
          })
        )
      )
      yield* settle
      MemoryNetwork.disconnect(cluster.network, followers[0]!.id)
      yield* pass("2 seconds")
      assert.deepStrictEqual(roles, ["Follower", "PreCandidate"])
      MemoryNetwork.connect(cluster.network, followers[0]!.id)
      yield* pass("500 millis")
      assert.strictEqual((yield* leaderOf(cluster)).id, leader.id)
      yield* Effect.forkChild(leader.server.transferLeadership(followers[0]!.id))
      yield* pass("300 millis")
      assert.strictEqual(roles.at(-1), "Leader")
    })
  )

  it.effect("a server that never led refuses at once", () =>
    Effect.gen(function* () {
      const { server } = yield* startAlone()
      assert.instanceOf(yield* Effect.flip(server.transferLeadership("s1")), NotLeader)
    })
  )
})
