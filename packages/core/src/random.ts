/**
 * Random numbers as a value: the generator's state is one 32-bit integer inside
 * `Server`, so that equal event sequences draw equal timeouts. Signed, because
 * V8 keeps a larger number outside the object and copies it with every server.
 */

/** State of the generator. */
export type RandomState = number

/** Mixes a server's name with its driver's nonce, so that neither peers nor lives share timeouts. */
export const seed = (name: string, nonce: number): RandomState => {
  let hash = 0x811c9dc5
  for (let position = 0; position < name.length; position++) {
    hash = Math.imul(hash ^ name.charCodeAt(position), 0x01000193)
  }
  const low = nonce >>> 0
  const high = Math.floor(nonce / 0x1_0000_0000) >>> 0
  return finalize(hash ^ finalize(low ^ finalize(high + 0x9e3779b9))) | 0
}

/** The state after one draw. */
export const next = (state: RandomState): RandomState => (state + 0x9e3779b9) | 0

/** An integer in `min..max` (inclusive), read off the state that `next` gave. */
export const between = (state: RandomState, range: { readonly min: number; readonly max: number }): number =>
  range.min + Math.floor((finalize(state) / 0x1_0000_0000) * (range.max - range.min + 1))

/** Spreads every input bit over the whole word (the finalizer of MurmurHash3). */
const finalize = (value: number): number => {
  let bits = value >>> 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
