/**
 * Optional fields: what later versions may add at the end of a frozen format
 * without older ones refusing it.
 *
 * Each is a tag (u16, from 1, rising), a length (u16) and that many bytes; they
 * fill the rest of what contains them. The shape of all is checked; those that a
 * reader does not look for are skipped.
 */
import { type DecodeError, decodeError, truncated } from "./decodeError.ts"

export const fieldHeaderBytes = 4

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

/** Where the bytes of a field stand. */
export interface Field {
  readonly start: number
  readonly length: number
}

/** The field with this tag, among well-formed ones in `start..end`. */
export const findField = (view: DataView, start: number, end: number, tag: number): Field | undefined => {
  let at = start
  while (at < end) {
    const length = view.getUint16(at + 2)
    if (view.getUint16(at) === tag) return { start: at + fieldHeaderBytes, length }
    at += fieldHeaderBytes + length
  }
  return undefined
}

/** Writes the head of a field of this length, and returns where its bytes begin. */
export const writeFieldHeader = (view: DataView, at: number, tag: number, length: number): number => {
  view.setUint16(at, tag)
  view.setUint16(at + 2, length)
  return at + fieldHeaderBytes
}
