/**
 * A scheduler that runs nothing by itself: whoever owns it runs the ready
 * tasks, one after another, in the order in which they became ready.
 */
import type { Fiber, Scheduler } from "effect"

interface Bucket {
  readonly priority: number
  readonly tasks: Array<() => void>
  /** Position of the next task to run. */
  head: number
}

/**
 * All fibers share one queue, which makes their order depend on the program
 * alone. Lower priority numbers run first, equal ones in order.
 */
export class VirtualScheduler implements Scheduler.Scheduler, Scheduler.SchedulerDispatcher {
  readonly executionMode = "sync"
  private readonly buckets: Array<Bucket> = [{ priority: 0, tasks: [], head: 0 }]

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this
  }

  scheduleTask(task: () => void, priority: number): void {
    for (const bucket of this.buckets) {
      if (bucket.priority === priority) {
        bucket.tasks.push(task)
        return
      }
    }
    this.buckets.push({ priority, tasks: [task], head: 0 })
    this.buckets.sort((left, right) => left.priority - right.priority)
  }

  /** Runs what is ready now, and what becomes ready meanwhile. */
  flush(): void {
    while (this.runOne());
  }

  /** Runs the first ready task; says whether there was one. */
  runOne(): boolean {
    for (const bucket of this.buckets) {
      const task = bucket.tasks[bucket.head]
      if (task === undefined) continue
      bucket.head++
      if (bucket.head === bucket.tasks.length) {
        bucket.tasks.length = 0
        bucket.head = 0
      }
      task()
      return true
    }
    return false
  }
}
