/**
 * Runs a whole program under Effect's `TestClock`: the clock moves on by
 * itself whenever the program waits.
 */
import { Duration, Effect, Fiber, Scheduler } from "effect"
import { TestClock } from "effect/testing"
import { Deadlock } from "./errors.ts"

/** Longest virtual time a program may take here. */
const horizon = Duration.hours(1)

/**
 * `TestClock` follows only fibers that it woke itself, so the program begins
 * with a sleep. On a scheduler of microtasks it does not queue behind the
 * event loop at every step.
 */
export const run = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | Deadlock, R> =>
  Effect.gen(function* () {
    const clock = yield* TestClock.testClockWith(Effect.succeed)
    const fiber = yield* Effect.sleep(1).pipe(
      Effect.andThen(effect),
      Effect.forkChild({ startImmediately: true })
    )
    // Time stops where the program ends: what it left behind is not woken any more.
    yield* Effect.raceFirst(Fiber.await(fiber), clock.adjust(horizon))
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return yield* exit
    fiber.interruptUnsafe()
    return yield* new Deadlock({ atMillis: clock.currentTimeMillisUnsafe() })
  }).pipe(
    Effect.provide(TestClock.layer()),
    Effect.provideService(Scheduler.Scheduler, new Scheduler.MixedScheduler("sync"))
  )
