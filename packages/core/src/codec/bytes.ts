/**
 * Where frozen formats are written to and read from, and the one kind of number
 * that a `DataView` lacks: non-negative safe integers, as two words. Everything
 * is big-endian.
 *
 * A `DataView` costs as much to make as a heartbeat to encode, so views span
 * whole buffers, are kept, and places are counted from the start of the buffer.
 * Ranges are `start, end`, half-open, as in `subarray`.
 */
import { invariant } from "../invariant.ts"

export const u16Max = 0xffff
export const u32Max = 0xffff_ffff

/** Wire size of an unsigned 32-bit integer; a safe integer takes two. */
export const u32Bytes = 4

/** The high word of `Number.MAX_SAFE_INTEGER`. */
const highWordMax = 0x1f_ffff

const wordRange = 0x1_0000_0000

/** A buffer to write to. Make it once and fill it often; writing beyond its end throws a `RangeError`. */
export interface Target {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly view: DataView
}

export const targetOf = (buffer: ArrayBuffer): Target => ({
  bytes: new Uint8Array(buffer),
  view: new DataView(buffer)
})

let lastView: DataView = new DataView(new ArrayBuffer(0))

/**
 * The view of a whole buffer, the same one for as long as the buffer stays the
 * same, because messages that came in one read come in rows. The last buffer
 * stays reachable through it.
 */
export const viewOf = (buffer: ArrayBufferLike): DataView => {
  if (lastView.buffer !== buffer) lastView = new DataView(buffer)
  return lastView
}

/**
 * Writes a non-negative safe integer; anything else is a bug of the caller.
 *
 * Numbers of two words (a nonce, mostly) have functions of their own: sharing
 * the code would turn the arithmetic of all others from integer to floating.
 */
export const setSafe = (view: DataView, at: number, value: number): void => {
  const low = value >>> 0
  if (low === value) view.setUint32(at, 0)
  else setHighWord(view, at, value)
  view.setUint32(at + u32Bytes, low)
}

/** A safe integer, or -1 if the eight bytes hold a number that JavaScript cannot represent exactly. */
export const getSafe = (view: DataView, at: number): number => {
  const high = view.getUint32(at)
  const low = view.getUint32(at + u32Bytes)
  return high === 0 ? low : ofTwoWords(high, low)
}

const setHighWord = (view: DataView, at: number, value: number): void => {
  invariant(Number.isSafeInteger(value) && value >= 0, "an encoded number is a non-negative safe integer")
  view.setUint32(at, Math.floor(value / wordRange))
}

const ofTwoWords = (high: number, low: number): number => (high <= highWordMax ? high * wordRange + low : -1)
