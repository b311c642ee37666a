/**
 * The livelock rule for any clock: a scheduler that counts what runs while
 * time stands still.
 */
import { Clock, type Context, Effect, Exit, Fiber, Scheduler } from "effect"
import { Livelock, tasksPerInstantMax } from "./errors.ts"
import { VirtualScheduler } from "./VirtualScheduler.ts"

/**
 * Fails `effect` once more than `tasksMax` scheduler tasks run at one instant
 * of its clock.
 *
 * Its fibers are then frozen, not interrupted: a program that never pauses
 * would not get to its finalizers either.
 */
export const failOnLivelock = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  tasksMax: number = tasksPerInstantMax
): Effect.Effect<A, E | Livelock, R> =>
  Effect.contextWith((context: Context.Context<R>) =>
    Effect.withFiber((parent): Effect.Effect<A, E | Livelock, R> => {
      const outer = parent.getRef(Scheduler.Scheduler)
      // The runner of virtual time counts by itself.
      if (outer instanceof VirtualScheduler) return effect

      return Effect.callback<A, E | Livelock>((resume) => {
        const scheduler = new CountingScheduler(outer, parent.getRef(Clock.Clock), tasksMax, (livelock) => {
          resume(Exit.fail(livelock))
        })
        const fiber = Effect.runForkWith(context)(effect, { scheduler })
        fiber.addObserver((exit) => {
          resume(exit)
        })
        return Effect.suspend(() => Fiber.interrupt(fiber))
      })
    })
  )

class CountingScheduler implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  private readonly outer: Scheduler.Scheduler
  private readonly clock: Clock.Clock
  private readonly tasksMax: number
  private readonly onLivelock: (livelock: Livelock) => void
  private instant = Number.NaN
  private tasks = 0
  private frozen = false

  constructor(
    outer: Scheduler.Scheduler,
    clock: Clock.Clock,
    tasksMax: number,
    onLivelock: (livelock: Livelock) => void
  ) {
    this.executionMode = outer.executionMode
    this.outer = outer
    this.clock = clock
    this.tasksMax = tasksMax
    this.onLivelock = onLivelock
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return this.outer.shouldYield(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const dispatcher = this.outer.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        dispatcher.scheduleTask(() => {
          if (this.mayRun()) task()
        }, priority)
      },
      flush: () => {
        dispatcher.flush()
      }
    }
  }

  private mayRun(): boolean {
    if (this.frozen) return false
    const now = this.clock.currentTimeMillisUnsafe()
    if (now !== this.instant) {
      this.instant = now
      this.tasks = 0
    }
    this.tasks++
    if (this.tasks <= this.tasksMax) return true
    this.frozen = true
    this.onLivelock(new Livelock({ atMillis: now, tasksMax: this.tasksMax }))
    return false
  }
}
