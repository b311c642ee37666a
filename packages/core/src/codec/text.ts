/**
 * Text as UTF-8, strictly: what is not well-formed is neither written nor read.
 * (The language alone has no encoder; browsers and Node have one each.)
 */
import { invariant } from "../invariant.ts"

export const encodedTextLength = (text: string): number => {
  let length = 0
  for (const character of text) length += sequenceBytes(character.codePointAt(0)!)
  return length
}

/** Writes `text` and returns where it ends. */
export const writeText = (view: DataView, at: number, text: string): number => {
  invariant(text.isWellFormed(), "encoded text has no lone surrogates")
  let end = at
  for (const character of text) end = writeCodePoint(view, end, character.codePointAt(0)!)
  return end
}

/** The text in `start..end`, or `undefined` if the bytes are not well-formed UTF-8. */
export const readText = (view: DataView, start: number, end: number): string | undefined => {
  let text = ""
  let at = start
  while (at < end) {
    const codePoint = readCodePoint(view, at, end)
    if (codePoint < 0) return undefined
    text += String.fromCodePoint(codePoint)
    at += sequenceBytes(codePoint)
  }
  return text
}

/** How many bytes a code point takes: as few as hold it, and no decoder may accept more. */
const sequenceBytes = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4

/** What the first byte of a sequence has above its bits of the code point, by the length of the sequence. */
const leadMarks = [0, 0, 0xc0, 0xe0, 0xf0]

/** A byte after the first carries six bits, under this mark. */
const tailMark = 0x80
const tailBits = 6
const tailMask = 0x3f

const writeCodePoint = (view: DataView, at: number, codePoint: number): number => {
  const length = sequenceBytes(codePoint)
  let rest = codePoint
  for (let position = length - 1; position > 0; position--) {
    view.setUint8(at + position, tailMark | (rest & tailMask))
    rest >>>= tailBits
  }
  view.setUint8(at, leadMarks[length]! | rest)
  return at + length
}

/** The code point whose sequence starts at `at`, or -1. */
const readCodePoint = (view: DataView, at: number, end: number): number => {
  const lead = view.getUint8(at)
  const length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0
  if (length === 0 || at + length > end) return -1
  let codePoint = lead - leadMarks[length]!
  for (let position = 1; position < length; position++) {
    const tail = view.getUint8(at + position)
    if ((tail & ~tailMask) !== tailMark) return -1
    codePoint = (codePoint << tailBits) | (tail & tailMask)
  }
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
  return sequenceBytes(codePoint) === length && codePoint <= 0x10_ffff && !isSurrogate ? codePoint : -1
}
