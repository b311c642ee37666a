import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Schema } from "effect"
import { Signal } from "../../src/driver/Signal.ts"
import { settle } from "../support/servers.ts"

/** What one step of the schedule does: the source changes, or so many fibers get to run. */
const Step = Schema.Union([Schema.Literal("change"), Schema.Literals([1, 2, 3])])

describe("a signal", () => {
  it.effect.prop(
    "whoever looks and then waits misses no change, however the two interleave",
    { steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 0, maxLength: 40 }) },
    ({ steps }) =>
      Effect.gen(function* () {
        const signal = new Signal()
        let value = 0
        const seen = [0, 0, 0]
        const follow = (reader: number, pauses: number): Effect.Effect<never> =>
          Effect.gen(function* () {
            const version = signal.version
            seen[reader] = value
            // Here the value may change, before the wait begins.
            for (let pause = 0; pause < pauses; pause++) yield* Effect.yieldNow
            yield* signal.waitPast(version)
          }).pipe(Effect.forever)
        const readers = yield* Effect.forEach(seen, (_, reader) => Effect.forkChild(follow(reader, reader)))

        for (const step of steps) {
          if (step === "change") {
            value++
            signal.notify()
          } else for (let turn = 0; turn < step; turn++) yield* Effect.yieldNow
        }

        yield* settle
        assert.deepStrictEqual(seen, [value, value, value])
        yield* Fiber.interruptAll(readers)
      }),
    { arbitrary: { runs: 200 } }
  )

  it.effect("a wait for a version that is past already completes at once", () =>
    Effect.gen(function* () {
      const signal = new Signal()
      const { version } = signal
      signal.notify()
      yield* signal.waitPast(version)
      const late = yield* Effect.forkChild(signal.waitPast(signal.version), { startImmediately: true })
      yield* settle
      assert.isUndefined(late.pollUnsafe())
      yield* Fiber.interrupt(late)
    })
  )

  it.effect("forgets whom it has woken: the fifty-thousandth change is no more work than the first", () =>
    Effect.gen(function* () {
      const signal = new Signal()
      const reader = yield* Effect.suspend(() => signal.waitPast(signal.version)).pipe(
        Effect.forever({ disableYield: true }),
        Effect.forkChild({ startImmediately: true })
      )
      const startedAt = performance.now()
      for (let change = 0; change < 50_000; change++) signal.notify()
      assert.isBelow(performance.now() - startedAt, 2_000)
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("wakes all who wait, but not one who gave up", () =>
    Effect.gen(function* () {
      const signal = new Signal()
      const fork = Effect.forkChild(signal.waitPast(signal.version), { startImmediately: true })
      const [first, second, third] = [yield* fork, yield* fork, yield* fork]
      yield* Fiber.interrupt(second)
      signal.notify()
      yield* settle
      assert.isDefined(first.pollUnsafe())
      assert.isDefined(third.pollUnsafe())
    })
  )
})
