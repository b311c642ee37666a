/**
 * What the loop waits for: one latch, opened by whoever has work for a turn.
 *
 * Opening never runs the turn there and then, so that all the work of one
 * moment goes into one turn. Work is put down before the latch is opened, and
 * the loop closes the latch before it takes work up: no wake-up is lost.
 */
import { Effect, type Fiber, Latch } from "effect"

export class Wake {
  /** Open from the beginning: the first turn is due. */
  readonly #latch = Latch.makeUnsafe(true)
  #isScheduled = false

  /** Waits for work, and closes behind itself. */
  readonly take: Effect.Effect<void> = Effect.map(this.#latch.await, () => {
    this.#latch.closeUnsafe()
  })

  readonly open: Effect.Effect<unknown> = this.#latch.open

  /** As `open`, for synchronous code that `fiber` runs. */
  openSoon(fiber: Fiber.Fiber<unknown, unknown>): void {
    if (this.#isScheduled || this.#latch.isOpen()) return
    this.#isScheduled = true
    fiber.currentDispatcher.scheduleTask(this.#openNow, 0)
  }

  readonly #openNow = (): void => {
    this.#isScheduled = false
    this.#latch.openUnsafe()
  }
}
