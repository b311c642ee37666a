/**
 * Memory for encoded messages: exact views of shared slabs, because a buffer of
 * its own costs a message several times what writing it does.
 */
import { type Target, targetOf } from "./bytes.ts"

const slabBytes = 65_536

/** Longer messages get a buffer of their own rather than waste the rest of a slab. */
const sharedBytesMax = slabBytes / 4

/** A buffer that is filled from its start; what was handed out is never written again. */
export interface Slab {
  readonly buffer: ArrayBuffer
  readonly target: Target
  /** Where the next message may start. */
  used: number
}

/** A slab with at least `room` bytes left. */
export const slabFor = (room: number): Slab => {
  if (room > sharedBytesMax) return makeSlab(room)
  if (current.used + room > slabBytes) current = makeSlab(slabBytes)
  return current
}

const makeSlab = (length: number): Slab => {
  const buffer = new ArrayBuffer(length)
  return { buffer, target: targetOf(buffer), used: 0 }
}

let current = makeSlab(slabBytes)
