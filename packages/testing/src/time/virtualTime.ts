/**
 * Runs whole programs in virtual time, synchronously: all that is ready runs,
 * then the next timer fires, and so on to the end.
 *
 * Equal programs run in equal order, and a wait costs nothing. A program that
 * waits for anything but the `Clock` (a promise, a file) cannot run here.
 */
import { Clock, Context, Effect, Exit } from "effect"
import { Deadlock, Livelock, tasksPerInstantMax } from "./errors.ts"
import { VirtualClock } from "./VirtualClock.ts"
import { VirtualScheduler } from "./VirtualScheduler.ts"

export interface RunOptions {
  /** Fail with `Livelock` beyond so many scheduler tasks at one instant. Default 100,000. */
  readonly tasksPerInstantMax?: number
}

/** Runs `effect` to its end, in virtual time from 0. Fibers that outlive it are abandoned where they stand. */
export const runSyncExit = <A, E>(
  effect: Effect.Effect<A, E>,
  options: RunOptions = {}
): Exit.Exit<A, E | Deadlock | Livelock> => runSyncExitWith(Context.empty())(effect, options)

/** `runSyncExit` as an effect: its surroundings stand still during the whole run. */
export const run = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: RunOptions = {}
): Effect.Effect<A, E | Deadlock | Livelock, R> =>
  Effect.contextWith((context: Context.Context<R>) => runSyncExitWith(context)(effect, options))

const runSyncExitWith =
  <R>(context: Context.Context<R>) =>
  <A, E>(effect: Effect.Effect<A, E, R>, options: RunOptions): Exit.Exit<A, E | Deadlock | Livelock> => {
    const clock = new VirtualClock()
    const scheduler = new VirtualScheduler()
    const tasksMax = options.tasksPerInstantMax ?? tasksPerInstantMax
    const fiber = Effect.runForkWith(Context.add(context, Clock.Clock, clock))(effect, { scheduler })

    let tasks = 0
    let instant = clock.currentTimeMillisUnsafe()
    while (true) {
      while (tasks <= tasksMax && scheduler.runOne()) tasks++
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return exit
      if (tasks > tasksMax) return Exit.fail(new Livelock({ atMillis: instant, tasksMax }))

      if (!clock.advance()) return Exit.fail(new Deadlock({ atMillis: instant }))
      // A timer that fires is work too: timers set over and over for the same instant must not go unseen.
      const now = clock.currentTimeMillisUnsafe()
      tasks = now === instant ? tasks + 1 : 0
      instant = now
    }
  }
