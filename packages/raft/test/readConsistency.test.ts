import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { MemoryNetwork, NoClockDriftBound, TooStale } from "../src/index.ts"
import { pass, settle, startElected } from "./support/servers.ts"

const applied = (server: { readonly status: Effect.Effect<{ readonly lastApplied: number }> }) =>
  Effect.map(server.status, ({ lastApplied }) => lastApplied)

const leases = { checkQuorum: true, clockDriftBound: 0.01 }

const staleAtMost = (millis: number) => ({ consistency: { staleAtMost: Duration.millis(millis) } }) as const

describe("read with a lease", () => {
  it.effect("§6.4.1 a leader that holds one answers at once, and sends nothing", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected({ options: leases })
      yield* leader.server.propose("x")
      yield* pass("300 millis")
      const { lastIndex } = yield* leader.server.status
      // Nobody else hears of anything from here on.
      MemoryNetwork.disconnect(cluster.network, leader.id)
      const reading = yield* Effect.forkChild(
        leader.server.read(applied(leader.server), { consistency: "lease" })
      )
      yield* settle
      assert.strictEqual(yield* Fiber.join(reading), lastIndex)
    })
  )

  it.effect("§6.4.1 it ends with the promises: a leader cut off for longer answers nothing any more", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected({ options: leases })
      yield* leader.server.propose("x")
      yield* pass("300 millis")
      MemoryNetwork.disconnect(cluster.network, leader.id)
      yield* pass("300 millis")
      const reading = yield* Effect.forkChild(
        Effect.flip(leader.server.read(Effect.void, { consistency: "lease" }))
      )
      yield* settle
      assert.isUndefined(reading.pollUnsafe())
      yield* pass("900 millis")
      assert.strictEqual((yield* Fiber.join(reading))._tag, "NotLeader")
    })
  )

  it.effect("§6.4.1 a follower asks its leader, which answers without a round of heartbeats", () =>
    Effect.gen(function* () {
      const { cluster, followers, leader } = yield* startElected({ options: leases })
      const [asking, other] = followers as [(typeof followers)[number], (typeof followers)[number]]
      yield* leader.server.propose("x")
      yield* pass("300 millis")
      const { lastIndex } = yield* leader.server.status
      MemoryNetwork.disconnect(cluster.network, other.id)
      const reading = yield* Effect.forkChild(
        asking.server.read(applied(asking.server), { consistency: "lease" })
      )
      yield* pass("10 millis")
      assert.isAtLeast(yield* Fiber.join(reading), lastIndex)
    })
  )

  it.effect("without a declared bound it is refused, on any server (B23)", () =>
    Effect.gen(function* () {
      const { followers, leader } = yield* startElected()
      for (const { server } of [leader, ...followers]) {
        const refused = yield* Effect.forkChild(
          Effect.flip(server.read(Effect.void, { consistency: "lease" }))
        )
        yield* settle
        const error = yield* Fiber.join(refused)
        assert.instanceOf(error, NoClockDriftBound)
        assert.include(error.message, "clockDriftBound")
      }
    })
  )
})

describe("read of bounded staleness", () => {
  it.effect(
    "any server answers from its own state, in this turn and alone, as long as it can show its age",
    () =>
      Effect.gen(function* () {
        const { cluster, followers, leader } = yield* startElected()
        const [follower] = followers as [(typeof followers)[number]]
        yield* leader.server.propose("x")
        yield* pass("500 millis")
        const { lastIndex } = yield* leader.server.status
        MemoryNetwork.disconnect(cluster.network, follower.id)
        const reading = yield* Effect.forkChild(
          follower.server.read(applied(follower.server), staleAtMost(350))
        )
        yield* settle
        assert.strictEqual(yield* Fiber.join(reading), lastIndex)

        yield* pass("1 second")
        const refused = yield* Effect.forkChild(
          Effect.flip(follower.server.read(Effect.void, staleAtMost(350)))
        )
        yield* settle
        const error = yield* Fiber.join(refused)
        assert.instanceOf(error, TooStale)
        assert.isAbove(error.staleness, 1_000)
        assert.isBelow(error.staleness, 1_350)
        assert.include(error.message, "at most")

        const reached = yield* Effect.forkChild(
          follower.server.read(applied(follower.server), staleAtMost(1_350))
        )
        yield* settle
        assert.strictEqual(yield* Fiber.join(reached), lastIndex)
      })
  )

  it.effect("reads of one turn end each in its own way", () =>
    Effect.gen(function* () {
      const { leader } = yield* startElected()
      yield* leader.server.propose("x")
      yield* pass("500 millis")
      const [fresh, stale, lease] = yield* Effect.all(
        [
          Effect.forkChild(leader.server.read(applied(leader.server))),
          Effect.forkChild(leader.server.read(applied(leader.server), staleAtMost(1_000))),
          Effect.forkChild(Effect.flip(leader.server.read(Effect.void, { consistency: "lease" })))
        ],
        { concurrency: 1 }
      )
      yield* pass("10 millis")
      assert.strictEqual(yield* Fiber.join(stale), yield* Fiber.join(fresh))
      assert.instanceOf(yield* Fiber.join(lease), NoClockDriftBound)
    })
  )
})
