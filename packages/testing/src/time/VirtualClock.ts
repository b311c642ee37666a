/**
 * A clock that stands still until it is told to go on to its next timer.
 */
import { type Clock, Duration, Effect } from "effect"
import { TimerHeap } from "./TimerHeap.ts"

const nanosPerMilli = 1_000_000

/** Starts at 0. Wall clock and monotonic time are the same here. */
export class VirtualClock implements Clock.Clock {
  private readonly timers = new TimerHeap()
  private millis = 0
  private nanos = 0n

  currentTimeMillisUnsafe(): number {
    return this.millis
  }

  currentTimeNanosUnsafe(): bigint {
    return this.nanos
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.nanos
  }

  readonly currentTimeMillis = Effect.sync(() => this.millis)
  readonly currentTimeNanos = Effect.sync(() => this.nanos)
  readonly monotonicTimeNanos = Effect.sync(() => this.nanos)

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const millis = Duration.toMillis(duration)
    if (millis <= 0) return Effect.yieldNow
    if (!Number.isFinite(millis)) return Effect.never
    return Effect.callback<void>((resume) => {
      const timer = this.timers.add(this.millis + millis, () => {
        resume(Effect.void)
      })
      return Effect.sync(() => {
        this.timers.cancel(timer)
      })
    })
  }

  /** Goes on to the time of the next timer and lets it fire; says whether there was one. */
  advance(): boolean {
    const next = this.timers.nextAt()
    if (next === Number.POSITIVE_INFINITY) return false
    if (next !== this.millis) {
      this.millis = next
      this.nanos = BigInt(Math.round(next * nanosPerMilli))
    }
    this.timers.takeFirst()?.()
    return true
  }
}
