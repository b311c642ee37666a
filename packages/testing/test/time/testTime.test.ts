import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit } from "effect"
import { Deadlock, failOnLivelock, Livelock, TestTime } from "../../src/index.ts"

describe("TestClock, running by itself", () => {
  it.live("a program that sleeps ends at once", () =>
    Effect.gen(function* () {
      const before = yield* Clock.currentTimeMillis
      const slept = yield* TestTime.run(
        Effect.gen(function* () {
          const from = yield* Clock.currentTimeMillis
          yield* Effect.sleep("10 minutes")
          return (yield* Clock.currentTimeMillis) - from
        })
      )
      assert.strictEqual(slept, 600_000)
      assert.isBelow((yield* Clock.currentTimeMillis) - before, 60_000)
    })
  )

  it.live("gives the program's own failure", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TestTime.run(Effect.andThen(Effect.sleep(5), Effect.fail("mine"))))
      assert.strictEqual(error, "mine")
    })
  )

  it.live("is a failure, not a hang, when nothing can ever happen again", () =>
    Effect.gen(function* () {
      const stuck = Effect.flatMap(Deferred.make<void>(), Deferred.await)
      assert.instanceOf(yield* Effect.flip(TestTime.run(stuck)), Deadlock)
    })
  )
})

describe("the livelock rule, on any clock", () => {
  const busy = Effect.andThen(Effect.sleep(25), Effect.forever(Effect.yieldNow))

  it.live("fails a program that never pauses under TestClock", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(TestTime.run(failOnLivelock(busy)))
      assert.instanceOf(error, Livelock)
      assert.strictEqual(error.tasksMax, 100_000)
    })
  )

  it.live("fails the program when the one that never pauses is a fiber beside it", () =>
    Effect.gen(function* () {
      const program = Effect.andThen(Effect.forkChild(busy), Effect.sleep("1 minute"))
      assert.instanceOf(yield* Effect.flip(TestTime.run(failOnLivelock(program))), Livelock)
    })
  )

  it.live("lets nothing go on after that", () =>
    Effect.gen(function* () {
      let count = 0
      const counter = Effect.forever(
        Effect.andThen(
          Effect.sleep(10),
          Effect.sync(() => count++)
        )
      )
      const program = Effect.andThen(Effect.forkChild(counter), busy)
      assert.instanceOf(yield* Effect.flip(TestTime.run(failOnLivelock(program))), Livelock)
      assert.strictEqual(count, 2)
    })
  )

  it.live("counts anew when time moves on", () =>
    Effect.gen(function* () {
      const yields = Effect.forEach(Array.from({ length: 95 }), () => Effect.yieldNow)
      const program = Effect.forEach([1, 2, 3], () => Effect.andThen(yields, Effect.sleep(1)))
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(TestTime.run(failOnLivelock(program, 100)))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(TestTime.run(failOnLivelock(program, 90)))))
    })
  )

  it.live("leaves a program alone that behaves, and its failures", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* failOnLivelock(Effect.as(Effect.sleep(1), "done")), "done")
      assert.strictEqual(yield* Effect.flip(failOnLivelock(Effect.fail("mine"))), "mine")
    })
  )
})
