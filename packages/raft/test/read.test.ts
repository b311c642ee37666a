import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { MemoryNetwork, NotLeader, ReadTimedOut, Stopped } from "../src/index.ts"
import { startAlone } from "./support/peers.ts"
import { pass, settle, startElected } from "./support/servers.ts"

/** What a server's own state machine holds: the number of commands it has applied. */
const applied = (server: { readonly status: Effect.Effect<{ readonly lastApplied: number }> }) =>
  Effect.map(server.status, ({ lastApplied }) => lastApplied)

describe("read", () => {
  it.effect("§6.4 on any server, sees every command acknowledged before, and writes nothing", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected()
      yield* leader.server.propose("x")
      yield* leader.server.propose("y")
      const { lastIndex } = yield* leader.server.status
      for (const { server } of [leader, ...followers]) {
        const reading = yield* Effect.forkChild(server.read(applied(server)))
        yield* pass("10 millis")
        assert.isAtLeast(yield* Fiber.join(reading), lastIndex)
      }
      // The first read of a term without entries would need one; this term has two.
      assert.strictEqual((yield* leader.server.status).lastIndex, lastIndex)
    })
  )

  it.effect("an isolated leader answers no read: it cannot know whether it still leads", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected({ options: { checkQuorum: false } })
      yield* leader.server.propose("x")
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const reading = yield* Effect.forkChild(Effect.exit(leader.server.read(Effect.void)))
      yield* pass("4999 millis")
      assert.isUndefined(reading.pollUnsafe())
      yield* pass("2 millis")
      assert.deepStrictEqual(yield* Fiber.join(reading), Exit.fail(new ReadTimedOut({ server: leader.id })))
    })
  )

  it.effect("with CheckQuorum it steps down, and its readers hear of that at once", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected({ options: { checkQuorum: true } })
      yield* leader.server.propose("x")
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const reading = yield* Effect.forkChild(Effect.flip(leader.server.read(Effect.void)))
      yield* pass("1200 millis")
      assert.instanceOf(yield* Fiber.join(reading), NotLeader)
    })
  )

  it.effect("a server without a leader refuses at once, and one that ends answers its readers", () =>
    Effect.gen(function* () {
      const { server } = yield* startAlone()
      const refused = yield* Effect.forkChild(Effect.flip(server.read(Effect.void)))
      yield* settle
      assert.instanceOf(yield* Fiber.join(refused), NotLeader)

      const { cluster, leader } = yield* startElected({ options: { checkQuorum: false } })
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const open = yield* Effect.forkChild(Effect.flip(leader.server.read(Effect.void)))
      yield* settle
      yield* leader.stop
      assert.instanceOf(yield* Fiber.join(open), Stopped)
      assert.instanceOf(yield* Effect.flip(leader.server.read(Effect.void)), Stopped)
    })
  )

  it.effect("interrupted, it leaves nothing behind; the query's own failure is the read's", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      const reading = yield* Effect.forkChild(leader.server.read(Effect.void))
      yield* Fiber.interrupt(reading)
      yield* pass("10 millis")
      const failing = yield* Effect.forkChild(Effect.flip(leader.server.read(Effect.fail("no such key"))))
      yield* pass("10 millis")
      assert.strictEqual(yield* Fiber.join(failing), "no such key")
    })
  )
})
