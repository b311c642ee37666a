/**
 * Memory for encoded messages: exact views of shared slabs, because a buffer of
 * its own costs a message ten times what writing it does.
 */

const slabBytes = 65_536

/** Longer messages get a buffer of their own rather than waste the rest of a slab. */
const sharedBytesMax = slabBytes / 4

let slab = new ArrayBuffer(0)
let used = 0

/**
 * A view of `length` bytes that no other view overlaps, with unspecified content. It
 * keeps its slab in memory, so it is for bytes that soon leave.
 */
export const allocate = (length: number): Uint8Array => {
  if (length > sharedBytesMax) return new Uint8Array(length)
  if (used + length > slab.byteLength) {
    slab = new ArrayBuffer(slabBytes)
    used = 0
  }
  const view = new Uint8Array(slab, used, length)
  used += length
  return view
}
