/**
 * A growing list of 32-bit integers in one typed array: four bytes a number, and nothing for the collector
 * to trace. Explorations keep tens of millions of them.
 */
export class Words {
  #words = new Int32Array(1024)
  #size = 0

  get size(): number {
    return this.#size
  }

  at(position: number): number {
    return this.#words[position]!
  }

  push(word: number): void {
    if (this.#size === this.#words.length) {
      const larger = new Int32Array(this.#words.length * 2)
      larger.set(this.#words)
      this.#words = larger
    }
    this.#words[this.#size++] = word
  }

  /** Empties the list and keeps its room. */
  clear(): void {
    this.#size = 0
  }
}
