import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Schema } from "effect"
import { Wake } from "../../src/driver/Wake.ts"
import { settle } from "../support/servers.ts"

/** What one step of the schedule does: work comes in one of two ways, or the fibers get to run. */
const Step = Schema.Literals(["open", "soon", "yield"])

/** A loop that takes all the work there is each time it is woken, and counts its turns. */
const startLoop = Effect.fnUntraced(function* (wake: Wake) {
  const state = { waiting: 0, done: 0, turns: 0 }
  const loop = yield* wake.take.pipe(
    Effect.map(() => {
      state.turns++
      state.done += state.waiting
      state.waiting = 0
    }),
    Effect.forever({ disableYield: true }),
    Effect.forkChild({ startImmediately: true })
  )
  return { state, loop }
})

const openSoon = (wake: Wake) =>
  Effect.withFiber((fiber) => {
    wake.openSoon(fiber)
    return Effect.void
  })

describe("the loop's wake", () => {
  it.effect.prop(
    "no work stays undone, in whatever order it comes",
    { steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 0, maxLength: 60 }) },
    ({ steps }) =>
      Effect.gen(function* () {
        const wake = new Wake()
        const { loop, state } = yield* startLoop(wake)
        let work = 0
        for (const step of steps) {
          if (step === "yield") yield* Effect.yieldNow
          else {
            work++
            state.waiting++
            yield* step === "open" ? wake.open : openSoon(wake)
          }
        }
        yield* settle
        assert.deepStrictEqual([state.waiting, state.done], [0, work])
        yield* Fiber.interrupt(loop)
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect("the first turn is due at once, and then none until there is work", () =>
    Effect.gen(function* () {
      const { loop, state } = yield* startLoop(new Wake())
      yield* settle
      assert.strictEqual(state.turns, 1)
      yield* Fiber.interrupt(loop)
    })
  )

  it.effect("the work of one moment is done in one turn, and not while it still comes in", () =>
    Effect.gen(function* () {
      const wake = new Wake()
      const { loop, state } = yield* startLoop(wake)
      yield* settle
      for (let work = 0; work < 100; work++) {
        state.waiting++
        yield* openSoon(wake)
      }
      assert.deepStrictEqual([state.turns, state.waiting], [1, 100])
      yield* settle
      assert.deepStrictEqual([state.turns, state.done], [2, 100])
      yield* Fiber.interrupt(loop)
    })
  )
})
