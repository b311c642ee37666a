/**
 * The numbers of one session's commands (thesis §6.3): each is given once, and
 * none runs too far ahead of the first that is still under way.
 */
import { Effect } from "effect"

/** A command from its beginning to its end, whether it has its number yet or waits for it. */
export interface Place {
  sequence: number | undefined
  granted: ((sequence: Effect.Effect<number>) => void) | undefined
}

export class Numbering {
  readonly #openMax: number
  #last = 0
  /** Those with a number, numbers rising. */
  readonly #open = new Set<Place>()
  /** In the order in which they came. */
  readonly #waiting = new Set<Place>()

  constructor(openMax: number) {
    this.#openMax = openMax
  }

  /** The last number that was given; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** All commands before this one have ended. */
  get firstUnacknowledged(): number {
    const oldest = this.#open.values().next().value
    return oldest?.sequence ?? this.#last + 1
  }

  /** A command begins. It ends with `leave`, however far it comes. */
  enter(): Place {
    const place: Place = { sequence: undefined, granted: undefined }
    this.#waiting.add(place)
    this.#grant()
    return place
  }

  /** Its number, once there is room for it. */
  sequenceOf(place: Place): Effect.Effect<number> {
    return Effect.callback<number>((resume) => {
      if (place.sequence === undefined) place.granted = resume
      else resume(Effect.succeed(place.sequence))
    })
  }

  leave(place: Place): void {
    this.#open.delete(place)
    this.#waiting.delete(place)
    this.#grant()
  }

  #grant(): void {
    for (const place of this.#waiting) {
      if (this.#last + 1 - this.firstUnacknowledged >= this.#openMax) return
      this.#waiting.delete(place)
      place.sequence = ++this.#last
      this.#open.add(place)
      place.granted?.(Effect.succeed(place.sequence))
    }
  }
}
