/**
 * Sets of small numbers as immutable words of bits.
 *
 * The last word is never zero, so equal sets have equal words.
 */
export type Bits = ReadonlyArray<number>

export const none: Bits = []

export const has = (bits: Bits, position: number): boolean => {
  const word = position >>> 5
  return word < bits.length && (bits[word]! & (1 << (position & 31))) !== 0
}

export const add = (bits: Bits, position: number): Bits => {
  const word = position >>> 5
  const next = bits.slice()
  while (next.length <= word) next.push(0)
  next[word]! |= 1 << (position & 31)
  return next
}

export const remove = (bits: Bits, position: number): Bits => {
  if (!has(bits, position)) return bits
  const next = bits.slice()
  next[position >>> 5]! &= ~(1 << (position & 31))
  while (next.at(-1) === 0) next.pop()
  return next
}

export const isSubset = (bits: Bits, of: Bits): boolean => {
  if (bits.length > of.length) return false
  for (let word = 0; word < bits.length; word++) {
    if ((bits[word]! & ~of[word]!) !== 0) return false
  }
  return true
}
