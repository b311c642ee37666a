/**
 * Reproducible noise: equal seeds give equal bytes.
 */
import * as Random from "../../src/random.ts"

/** A source of byte strings of the lengths asked for. */
export const randomBytes = (seed: number): ((length: number) => Uint8Array) => {
  let state = Random.seed("bytes", seed)
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let position = 0; position < length; position++) {
      state = Random.next(state)
      bytes[position] = Random.between(state, { min: 0, max: 255 })
    }
    return bytes
  }
}
