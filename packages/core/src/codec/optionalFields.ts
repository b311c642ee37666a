/**
 * Optional fields: what later versions may add at the end of a frozen format
 * without older ones refusing it.
 *
 * Each is a tag (u16, from 1, rising), a length (u16) and that many bytes; they
 * fill the rest of what contains them. This version knows none, so it checks
 * their shape and skips them.
 */
import { type DecodeError, decodeError, truncated } from "./decodeError.ts"

const fieldHeaderBytes = 4

/** What is wrong with the optional fields in `start..end`, if anything. */
export const optionalFieldsFault = (view: DataView, start: number, end: number): DecodeError | undefined => {
  let at = start
  let lastTag = 0
  while (at < end) {
    if (end - at < fieldHeaderBytes) {
      return truncated("the head of an optional field", { start: at, end, needed: fieldHeaderBytes })
    }
    const tag = view.getUint16(at)
    if (tag <= lastTag) {
      return decodeError("TagOutOfOrder", at, `optional field ${tag} stands after field ${lastTag}`)
    }
    const needed = fieldHeaderBytes + view.getUint16(at + 2)
    if (end - at < needed) return truncated(`optional field ${tag}`, { start: at, end, needed })
    lastTag = tag
    at += needed
  }
  return undefined
}
