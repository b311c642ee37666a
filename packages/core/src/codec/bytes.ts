/**
 * Fixed-width integers, big-endian: the primitives of every frozen format here.
 *
 * Plain byte stores and loads for what a message has few of, because a
 * `DataView` costs more to make than a heartbeat to encode; a `DataView` that is
 * kept from call to call for runs of entries. Callers check bounds first: a
 * typed array drops stores beyond its end in silence.
 */
import { invariant } from "../invariant.ts"

export const u16Max = 0xffff
export const u32Max = 0xffff_ffff

/** Wire sizes of an unsigned 32-bit integer and of a non-negative safe integer. */
export const u32Bytes = 4
export const safeBytes = 8

/** The high word of `Number.MAX_SAFE_INTEGER`. */
const highWordMax = 0x1f_ffff

const word = 0x1_0000_0000

export const writeU16 = (target: Uint8Array, at: number, value: number): void => {
  target[at] = value >>> 8
  target[at + 1] = value
}

export const readU16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!

/** Writes the low 32 bits of `value`, signed or not. */
export const writeU32 = (target: Uint8Array, at: number, value: number): void => {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

export const readU32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

/** Writes a non-negative safe integer as two words; anything else is a bug of the caller. */
export const writeSafe = (target: Uint8Array, at: number, value: number): void => {
  const low = value >>> 0
  writeU32(target, at, low === value ? 0 : highWord(value))
  writeU32(target, at + 4, low)
}

/** A safe integer, or -1 if the eight bytes hold a number that JavaScript cannot represent exactly. */
export const readSafe = (bytes: Uint8Array, at: number): number => {
  const high = readU32(bytes, at)
  const low = readU32(bytes, at + 4)
  if (high === 0) return low
  return high <= highWordMax ? high * word + low : -1
}

/** `writeSafe` through a view. */
export const setSafe = (view: DataView, at: number, value: number): void => {
  const low = value >>> 0
  view.setUint32(at, low === value ? 0 : highWord(value))
  view.setUint32(at + 4, low)
}

/** `readSafe` through a view. */
export const getSafe = (view: DataView, at: number): number => {
  const high = view.getUint32(at)
  const low = view.getUint32(at + 4)
  if (high === 0) return low
  return high <= highWordMax ? high * word + low : -1
}

/**
 * Gives the view of a whole buffer, the same one for as long as the buffer stays
 * the same: messages that came in one read, or go out of one slab, come in rows.
 * The last buffer stays reachable through it.
 */
export const keptView = (): ((buffer: ArrayBufferLike) => DataView) => {
  let view: DataView = new DataView(new ArrayBuffer(0))
  return (buffer) => {
    if (view.buffer !== buffer) view = new DataView(buffer)
    return view
  }
}

const highWord = (value: number): number => {
  invariant(Number.isSafeInteger(value) && value >= 0, "an encoded number is a non-negative safe integer")
  return Math.floor(value / word)
}
