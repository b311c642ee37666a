/**
 * The only source of chance in this package: equal seeds give equal runs.
 */
import type { Random } from "effect"

const urlSafeBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/** A small fast generator (xoshiro128** over a splitmix-expanded seed); not for secrets. */
export class SeededRandom {
  private a: number
  private b: number
  private c: number
  private d: number

  /** `stream` separates generators of one seed: what one draws does not move the other. */
  constructor(seed: number, stream = "") {
    let state = (seed ^ Math.floor(seed / 0x1_0000_0000)) >>> 0
    for (let position = 0; position < stream.length; position++) {
      state = Math.imul(state ^ stream.charCodeAt(position), 0x01000193) >>> 0
    }
    const expand = (): number => {
      state = (state + 0x9e3779b9) >>> 0
      let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
      return (bits ^ (bits >>> 15)) >>> 0
    }
    this.a = expand()
    this.b = expand()
    this.c = expand()
    this.d = expand() | 1
  }

  /** 32 random bits. */
  bits(): number {
    const product = Math.imul(this.b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= shifted
    this.d = (this.d << 11) | (this.d >>> 21)
    return result
  }

  /** A number in 0 (inclusive) .. 1 (exclusive). */
  fraction(): number {
    return this.bits() / 0x1_0000_0000
  }

  /** An integer in 0 .. `end - 1`. */
  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  /** True in `perMille` of a thousand draws. */
  chance(perMille: number): boolean {
    return this.below(1000) < perMille
  }

  /** A non-negative integer of 31 bits. */
  integer(): number {
    return this.bits() >>> 1
  }

  /** A text of `length` characters of the URL-safe base64 alphabet. */
  text(length: number): string {
    let result = ""
    for (let position = 0; position < length; position++) result += urlSafeBase64[this.bits() & 63]!
    return result
  }

  /** Effect's `Random` on this generator, for what the servers draw themselves. */
  toRandom(): Random.Random {
    return {
      nextIntUnsafe: () => (this.bits() & 0x1f_ffff) * 0x1_0000_0000 + this.bits(),
      nextDoubleUnsafe: () => this.fraction()
    }
  }
}
