import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Scope } from "effect"
import {
  InvalidCommand,
  MemoryNetwork,
  NotLeader,
  OutcomeUnknown,
  type RaftServer,
  Session,
  SessionExpired,
  Stopped,
  TooManyUnacknowledged
} from "../src/index.ts"
import { type Cluster, leaderOf, pass, settle, startElected } from "./support/servers.ts"

type Access = RaftServer.SessionAccess<string, string>
type Asked = RaftServer.SessionCommandNumber

/** What each attempt was asked, and what it comes to: the test's to say. */
const scripted = (attempt: (of: Asked, command: string) => ReturnType<Access["propose"]>) => {
  const asked: Array<Asked> = []
  const kept: Array<number> = []
  const closed: Array<number> = []
  const access: Access = {
    register: Effect.succeed(7),
    propose: (of, command) =>
      Effect.suspend(() => {
        asked.push(of)
        return attempt(of, command)
      }),
    keepAlive: ({ firstUnacknowledged }) => Effect.sync(() => void kept.push(firstUnacknowledged)),
    close: (session) => Effect.sync(() => void closed.push(session))
  }
  return { access, asked, closed, kept }
}

const unknown = new OutcomeUnknown({ server: "s0", index: 3, term: 1, reason: "Timeout" })
const notLeader = new NotLeader({ server: "s0", leader: undefined })

/** A client that asks whoever leads and can be reached. */
const accessTo = (cluster: Cluster): Access => {
  const ask = <A, E>(of: (server: RaftServer.RaftServer<string, string>) => Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      for (const { id, server } of cluster.members) {
        const isReachable = MemoryNetwork.isConnected(cluster.network, id)
        if (isReachable && (yield* server.state).isLeader) return yield* of(server)
      }
      return yield* notLeader
    })
  return {
    register: ask((server) => server.sessions.register),
    propose: (of, command) => ask((server) => server.sessions.propose(of, command)),
    keepAlive: (of) => ask((server) => server.sessions.keepAlive(of)),
    close: (session) => ask((server) => server.sessions.close(session))
  }
}

describe("§8 a session", () => {
  it.effect("§8 numbers its commands from 1, and acknowledges what was answered", () =>
    Effect.gen(function* () {
      const { access, asked } = scripted((_of, command) => Effect.succeed(command))
      const session = yield* Session.open(access)
      assert.strictEqual(session.id, 7)
      assert.strictEqual(yield* session.propose("a"), "a")
      assert.strictEqual(yield* session.propose("b"), "b")
      assert.deepStrictEqual(asked, [
        { session: 7, sequence: 1, firstUnacknowledged: 1 },
        { session: 7, sequence: 2, firstUnacknowledged: 2 }
      ])
    })
  )

  it.effect("§8 repeats a command under its number until it is answered", () =>
    Effect.gen(function* () {
      const errors = [
        notLeader,
        unknown,
        new TooManyUnacknowledged({ server: "s0", session: 7, firstUnacknowledged: 1 })
      ]
      const { access, asked } = scripted(() => {
        const error = errors.shift()
        return error === undefined ? Effect.succeed("done") : Effect.fail(error)
      })
      const session = yield* Session.open(access)
      const proposed = yield* Effect.forkChild(session.propose("a"))
      yield* pass("149 millis")
      assert.isUndefined(proposed.pollUnsafe())
      yield* pass("1 millis")
      assert.strictEqual(yield* Fiber.join(proposed), "done")
      assert.deepStrictEqual(
        asked.map(({ sequence }) => sequence),
        [1, 1, 1, 1]
      )
    })
  )

  it.effect(
    "§8 gives up when its time is over, and says OutcomeUnknown if any attempt may have been executed",
    () =>
      Effect.gen(function* () {
        const errors: Array<OutcomeUnknown | NotLeader> = [unknown]
        const { access } = scripted(() => Effect.fail(errors.shift() ?? notLeader))
        const session = yield* Session.open(access, { retryFor: Duration.seconds(1) })
        const first = yield* Effect.forkChild(Effect.flip(session.propose("a")))
        const second = yield* Effect.forkChild(Effect.flip(session.propose("b")))
        yield* pass("900 millis")
        assert.isUndefined(first.pollUnsafe())
        yield* pass("200 millis")
        assert.strictEqual(yield* Fiber.join(first), unknown)
        assert.strictEqual(yield* Fiber.join(second), notLeader)
      })
  )

  it.effect("§8 repeats nothing where repeating cannot help", () =>
    Effect.gen(function* () {
      const errors = [
        new InvalidCommand({ server: "s0", reason: "no text" }),
        new SessionExpired({ server: "s0", session: 7 }),
        new Stopped({ server: "s0" })
      ]
      const { access, asked } = scripted(({ sequence }) => Effect.fail(errors[sequence - 1]!))
      const session = yield* Session.open(access)
      for (const error of errors) assert.strictEqual(yield* Effect.flip(session.propose("a")), error)
      assert.lengthOf(asked, 3)
    })
  )

  it.effect(
    "§8 lets no command run further ahead than its answers are kept; the others wait their turn",
    () =>
      Effect.gen(function* () {
        const gates = [yield* Deferred.make<string>(), yield* Deferred.make<string>()]
        const { access, asked } = scripted(({ sequence }, command) =>
          sequence <= 2 ? Deferred.await(gates[sequence - 1]!) : Effect.succeed(command)
        )
        const session = yield* Session.open(access, { openMax: 2 })
        const all = yield* Effect.forEach(["a", "b", "c", "d"], (command) =>
          Effect.forkChild(session.propose(command))
        )
        yield* settle
        assert.lengthOf(asked, 2)
        // The second is done, but the first is not: nothing is acknowledged.
        yield* Deferred.succeed(gates[1]!, "b")
        yield* settle
        assert.lengthOf(asked, 2)
        yield* Deferred.succeed(gates[0]!, "a")
        assert.deepStrictEqual(yield* Effect.forEach(all, Fiber.join), ["a", "b", "c", "d"])
        for (const { firstUnacknowledged, sequence } of asked)
          assert.isBelow(sequence - firstUnacknowledged, 2)
      })
  )

  it.effect("§8 a command that is interrupted gives its place to the next, and its number to nobody", () =>
    Effect.gen(function* () {
      const { access, asked } = scripted(({ sequence }, command) =>
        sequence === 1 ? Effect.never : Effect.succeed(command)
      )
      const session = yield* Session.open(access, { openMax: 1 })
      const first = yield* Effect.forkChild(session.propose("a"))
      const second = yield* Effect.forkChild(session.propose("b"))
      const third = yield* Effect.forkChild(session.propose("c"))
      yield* settle
      yield* Fiber.interrupt(second)
      yield* Fiber.interrupt(first)
      assert.strictEqual(yield* Fiber.join(third), "c")
      assert.deepStrictEqual(asked, [
        { session: 7, sequence: 1, firstUnacknowledged: 1 },
        { session: 7, sequence: 2, firstUnacknowledged: 2 }
      ])
    })
  )

  it.effect("§8 says that it is there while it has nothing to ask, and only then", () =>
    Effect.gen(function* () {
      const { access, kept } = scripted((_of, command) => Effect.succeed(command))
      const session = yield* Session.open(access, { keepAliveInterval: Duration.seconds(10) })
      yield* session.propose("a")
      yield* pass("19 seconds")
      assert.deepStrictEqual(kept, [])
      yield* pass("1 second")
      assert.deepStrictEqual(kept, [2])
    })
  )

  it.effect("§8 is closed with its scope", () =>
    Effect.gen(function* () {
      const { access, closed, kept } = scripted((_of, command) => Effect.succeed(command))
      const scope = yield* Scope.make()
      yield* Scope.provide(Session.open(access), scope)
      yield* Scope.close(scope, Exit.void)
      yield* settle
      assert.deepStrictEqual(closed, [7])
      yield* pass("1 hour")
      assert.deepStrictEqual(kept, [])
    })
  )

  it.effect("§8 of one server is opened, used and kept alive by it", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected({
        options: { sessionSilenceMax: Duration.seconds(30), sessionAnswersMax: 3 }
      })
      const session = yield* leader.server.openSession()
      const commands = Array.from({ length: 20 }, (_, position) => `${position}`)
      const answers = yield* Effect.forEach(commands, session.propose, { concurrency: "unbounded" })
      assert.strictEqual(new Set(answers).size, 20)
      yield* pass("5 minutes")
      assert.strictEqual(yield* session.propose("a"), "21:a")
    })
  )

  it.effect("§8 goes on at another server when the leader is gone, and executes each command once", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected({ options: { checkQuorum: true, preVote: true } })
      const session = yield* Session.open(accessTo(cluster))
      assert.strictEqual(yield* session.propose("a"), "1:a")
      const proposed = yield* Effect.forkChild(session.propose("b"))
      // The leader has appended it, and is gone before anybody else has.
      yield* Effect.yieldNow
      MemoryNetwork.disconnect(cluster.network, leader.id)
      yield* pass("5 seconds")
      assert.strictEqual(yield* Fiber.join(proposed), "2:b")
      MemoryNetwork.connect(cluster.network, leader.id)
      yield* pass("2 seconds")
      const { server } = yield* leaderOf(cluster)
      assert.strictEqual(yield* server.propose("c"), "3:c")
    })
  )
})
