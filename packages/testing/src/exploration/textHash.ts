/**
 * 64 bits of a text, as two words.
 *
 * Two lanes with multipliers, rotations and starting values of their own; each lane's last step spreads
 * every bit over the word.
 */

export interface Hash {
  readonly high: number
  readonly low: number
}

export const hashOf = (text: string): Hash => {
  let high = 0x243f6a88
  let low = 0x85a308d3
  for (let position = 0; position < text.length; position++) {
    const unit = text.charCodeAt(position)
    high = Math.imul(high ^ unit, 0x9e3779b1)
    high = (high << 13) | (high >>> 19)
    low = Math.imul(low ^ unit, 0x5f356495)
    low = (low << 17) | (low >>> 15)
  }
  return { high: spread(high ^ text.length), low: spread(low + Math.imul(text.length, 0x9e3779b1)) }
}

const spread = (word: number): number => {
  let bits = word
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return bits ^ (bits >>> 15)
}
