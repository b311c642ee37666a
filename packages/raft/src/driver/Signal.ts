/**
 * "Something changed": wakes whoever waits, keeps nothing for whoever does not.
 *
 * A reader remembers the version it has seen, so a change between its look and
 * its wait is not missed.
 */
import { Effect } from "effect"

export class Signal {
  #version = 0
  #waiting: Array<(effect: Effect.Effect<void>) => void> = []

  get version(): number {
    return this.#version
  }

  /** Completes once the version is another than `seen`. */
  waitPast(seen: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.#version !== seen) return resume(Effect.void)
      this.#waiting.push(resume)
      return Effect.sync(() => {
        this.#waiting = this.#waiting.filter((other) => other !== resume)
      })
    })
  }

  notify(): void {
    this.#version++
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const resume of waiting) resume(Effect.void)
  }
}
