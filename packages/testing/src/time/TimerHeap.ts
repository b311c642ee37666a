/**
 * Timers in the order in which they are due; equal times keep the order in
 * which they were set.
 */

/** A timer that was set. Cancelling it removes its action; its place goes when its time comes. */
export interface Timer {
  readonly at: number
  readonly order: number
  action: (() => void) | undefined
}

/** A binary heap, so that setting and taking a timer costs O(log n) whatever was set before. */
export class TimerHeap {
  private readonly timers: Array<Timer> = []
  private count = 0

  add(at: number, action: () => void): Timer {
    const timer: Timer = { at, order: this.count++, action }
    this.timers.push(timer)
    this.raise(this.timers.length - 1)
    return timer
  }

  cancel(timer: Timer): void {
    timer.action = undefined
  }

  /** When the first timer is due that was not cancelled; `Infinity` without one. */
  nextAt(): number {
    while (true) {
      const first = this.timers[0]
      if (first === undefined) return Number.POSITIVE_INFINITY
      if (first.action !== undefined) return first.at
      this.removeFirst()
    }
  }

  /** Removes the first timer and gives its action. Call it only after `nextAt` found one. */
  takeFirst(): (() => void) | undefined {
    const action = this.timers[0]?.action
    this.removeFirst()
    return action
  }

  clear(): void {
    this.timers.length = 0
  }

  private removeFirst(): void {
    const last = this.timers.pop()
    if (last === undefined || this.timers.length === 0) return
    this.timers[0] = last
    this.sink(0)
  }

  private raise(position: number): void {
    const timer = this.timers[position]!
    let child = position
    while (child > 0) {
      const parent = (child - 1) >> 1
      const above = this.timers[parent]!
      if (isBefore(above, timer)) break
      this.timers[child] = above
      child = parent
    }
    this.timers[child] = timer
  }

  private sink(position: number): void {
    const timer = this.timers[position]!
    const length = this.timers.length
    let parent = position
    while (true) {
      let child = 2 * parent + 1
      if (child >= length) break
      if (child + 1 < length && isBefore(this.timers[child + 1]!, this.timers[child]!)) child++
      const below = this.timers[child]!
      if (isBefore(timer, below)) break
      this.timers[parent] = below
      parent = child
    }
    this.timers[parent] = timer
  }
}

const isBefore = (left: Timer, right: Timer): boolean =>
  left.at < right.at || (left.at === right.at && left.order < right.order)
