/**
 * Server ids on the wire: their characters, one byte each, without a length
 * (the fixed part of what contains them has it).
 */
import { isServerId, type ServerId } from "../ids.ts"
import { invariant } from "../invariant.ts"
import { u32Bytes } from "./bytes.ts"
import { type DecodeError, decodeError } from "./decodeError.ts"

export const serverIdBytesMax = 64

/** Writes `id`, whose grammar was checked where it entered, and returns where it ends. */
export const writeServerId = (view: DataView, at: number, id: ServerId): number => {
  const length = id.length
  invariant(length > 0 && length <= serverIdBytesMax, "a server id has 1 to 64 characters")
  for (let position = 0; position < length; position++) view.setUint8(at + position, id.charCodeAt(position))
  return at + length
}

/** The id in `start..end`, which the caller knows to exist, or `undefined` if it breaks the grammar. */
export const readServerId = (view: DataView, start: number, end: number): ServerId | undefined => {
  let text = ""
  for (let at = start; at < end; at++) text += String.fromCharCode(view.getUint8(at))
  return isServerId(text) ? text : undefined
}

export const serverIdFault = (field: string, at: number): DecodeError =>
  decodeError("InvalidServerId", at, `${field} is not 1 to 64 characters of A-Z, a-z, 0-9, ".", "_" and "-"`)

/** Who sent a message to whom. */
export interface Envelope {
  readonly from: ServerId
  readonly to: ServerId
}

/** How many pairs of ids are remembered: 256, so that the top byte of a hash is a slot. */
const slots = 256
const slotShift = 24
const slotBytes = 2 * serverIdBytesMax

/** An odd number without pattern, which spreads what it multiplies over the top bits. */
const spread = 0x9e37_79b1

const seen: Array<Envelope | undefined> = Array.from({ length: slots }, () => undefined)
const seenFromLengths = new Uint8Array(slots)
const seenLengths = new Uint8Array(slots)
const seenBytes = new DataView(new ArrayBuffer(slots * slotBytes))

/**
 * The two ids that fill `start..toStart..end`, which the caller knows to exist,
 * or `undefined` if one of them breaks the grammar.
 *
 * A cluster has few pairs and every message names one, so the last ones seen
 * are kept, by hash. That changes nothing but the cost: pairs that share a slot
 * push each other out and are made anew.
 */
export const readEnvelope = (
  view: DataView,
  start: number,
  toStart: number,
  end: number
): Envelope | undefined => {
  const length = end - start
  const fromLength = toStart - start
  let hash = Math.imul(length ^ (fromLength << 8), spread)
  let at = start
  for (; at + u32Bytes <= end; at += u32Bytes) hash = Math.imul(hash ^ view.getUint32(at), spread)
  for (; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), spread)
  const slot = hash >>> slotShift
  const isSeen = seenLengths[slot] === length && seenFromLengths[slot] === fromLength
  return isSeen && sameBytes(view, start, end, slot * slotBytes)
    ? seen[slot]
    : makeEnvelope(view, start, toStart, end, slot)
}

const sameBytes = (view: DataView, start: number, end: number, slotStart: number): boolean => {
  const back = slotStart - start
  let at = start
  for (; at + u32Bytes <= end; at += u32Bytes) {
    if (view.getUint32(at) !== seenBytes.getUint32(at + back)) return false
  }
  for (; at < end; at++) if (view.getUint8(at) !== seenBytes.getUint8(at + back)) return false
  return true
}

const makeEnvelope = (
  view: DataView,
  start: number,
  toStart: number,
  end: number,
  slot: number
): Envelope | undefined => {
  const from = readServerId(view, start, toStart)
  const to = readServerId(view, toStart, end)
  if (from === undefined || to === undefined) return undefined
  const envelope = { from, to }
  seen[slot] = envelope
  seenLengths[slot] = end - start
  seenFromLengths[slot] = toStart - start
  writeServerId(seenBytes, writeServerId(seenBytes, slot * slotBytes, from), to)
  return envelope
}
