/**
 * Every different value of one kind (hosts, messages, histories), by a number of its own: states are then
 * a few numbers, and what a reducer does to a value is computed once.
 *
 * Beside each value stand 64 random-looking bits for every renaming of the servers. A state's key under a
 * renaming is the sum of its parts' bits, so that one action changes it by a few additions.
 */
import type { Renaming } from "./canonicalText.ts"
import { hashOf } from "./textHash.ts"
import { Words } from "./Words.ts"

export class Catalogue<Value> {
  readonly #renamings: ReadonlyArray<Renaming>
  readonly #textOf: (value: Value, renaming: Renaming) => string
  readonly #numbers = new Map<string, number>()
  readonly #values: Array<Value> = []
  readonly #highs = new Words()
  readonly #lows = new Words()

  /** The first renaming must change nothing: its texts tell values apart. */
  constructor(renamings: ReadonlyArray<Renaming>, textOf: (value: Value, renaming: Renaming) => string) {
    this.#renamings = renamings
    this.#textOf = textOf
  }

  get size(): number {
    return this.#values.length
  }

  /** The value's number; a new one for a new value. */
  numberOf(value: Value): number {
    const text = this.#textOf(value, this.#renamings[0]!)
    const known = this.#numbers.get(text)
    if (known !== undefined) return known

    const number = this.#values.length
    this.#numbers.set(text, number)
    this.#values.push(value)
    for (const renaming of this.#renamings) {
      const { high, low } = hashOf(this.#textOf(value, renaming))
      this.#highs.push(high)
      this.#lows.push(low)
    }
    return number
  }

  valueOf(number: number): Value {
    return this.#values[number]!
  }

  /** One half of the value's bits under the renaming at this position. */
  high(number: number, renaming: number): number {
    return this.#highs.at(number * this.#renamings.length + renaming)
  }

  low(number: number, renaming: number): number {
    return this.#lows.at(number * this.#renamings.length + renaming)
  }
}
