/**
 * The set of all states seen, by their 64-bit keys: open addressing in two typed arrays, 16 to 32 bytes a
 * state and nothing for the collector to trace.
 */

const initialCapacity = 1 << 16

export class StateTable {
  #highs = new Int32Array(initialCapacity)
  #lows = new Int32Array(initialCapacity)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Whether the key is new; it is in the table afterwards. */
  add(high: number, low: number): boolean {
    // A free slot is 0, 0. One key of 2^64 shares its value with another.
    const word = high === 0 && low === 0 ? 1 : low
    const slot = this.#slotOf(high, word)
    if (this.#highs[slot] !== 0 || this.#lows[slot] !== 0) return false
    this.#highs[slot] = high
    this.#lows[slot] = word
    this.#size++
    if (this.#size * 2 > this.#lows.length) this.#grow()
    return true
  }

  /** Where the key is, or would be: linear probing from its low bits. */
  #slotOf(high: number, low: number): number {
    const highs = this.#highs
    const lows = this.#lows
    const mask = lows.length - 1
    let slot = low & mask
    while ((lows[slot] !== low || highs[slot] !== high) && (lows[slot] !== 0 || highs[slot] !== 0)) {
      slot = (slot + 1) & mask
    }
    return slot
  }

  #grow(): void {
    const highs = this.#highs
    const lows = this.#lows
    this.#highs = new Int32Array(highs.length * 2)
    this.#lows = new Int32Array(lows.length * 2)
    for (let old = 0; old < lows.length; old++) {
      const [high, low] = [highs[old]!, lows[old]!]
      if (high === 0 && low === 0) continue
      const slot = this.#slotOf(high, low)
      this.#highs[slot] = high
      this.#lows[slot] = low
    }
  }
}
