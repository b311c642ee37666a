/**
 * Optional fields: what later versions may add at the end of a frozen format
 * without older ones refusing it.
 *
 * Each is a tag (u16, from 1, rising), a length (u16) and that many bytes; they
 * fill the rest of what contains them. This version knows none, so it checks
 * their shape and skips them.
 */
import { readU16 } from "./bytes.ts"
import { type DecodeError, decodeError, truncated } from "./decodeError.ts"

const fieldHeaderBytes = 4

/** What is wrong with the optional fields in `bytes[start..end)`, if anything. */
export const optionalFieldsFault = (
  bytes: Uint8Array,
  start: number,
  end: number
): DecodeError | undefined => {
  let at = start
  let lastTag = 0
  while (at < end) {
    const available = end - at
    if (available < fieldHeaderBytes) {
      return truncated("an optional field", { at, needed: fieldHeaderBytes, available })
    }
    const tag = readU16(bytes, at)
    if (tag <= lastTag) {
      return decodeError(
        "FieldOutOfOrder",
        at,
        `optional field ${tag} follows field ${lastTag}, but tags must rise`
      )
    }
    const needed = fieldHeaderBytes + readU16(bytes, at + 2)
    if (available < needed) return truncated(`optional field ${tag}`, { at, needed, available })
    lastTag = tag
    at += needed
  }
  return undefined
}
