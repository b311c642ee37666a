/**
 * Server ids on the wire: their characters, one byte each, without a length
 * (their owner's fixed part carries it).
 */
import { invariant } from "../invariant.ts"
import { isServerId, type ServerId } from "../ids.ts"

const serverIdCharsMax = 64

/** Writes `id`, whose grammar was checked where it entered, and returns where it ends. */
export const writeServerId = (target: Uint8Array, at: number, id: ServerId): number => {
  const length = id.length
  invariant(length > 0 && length <= serverIdCharsMax, "a server id has 1 to 64 characters")
  for (let position = 0; position < length; position++) target[at + position] = id.charCodeAt(position)
  return at + length
}

/**
 * The id in `bytes[at..at + length)`, which the caller knows to exist; `undefined` if
 * it breaks the grammar.
 *
 * A cluster has few ids and every message names two, so the last ones seen are
 * kept, by hash. It changes nothing but the cost: ids that hash alike push each
 * other out and are read afresh.
 */
export const readServerId = (bytes: Uint8Array, at: number, length: number): ServerId | undefined => {
  if (length === 0 || length > serverIdCharsMax) return undefined
  const end = at + length
  let hash = length
  for (let position = at; position < end; position++) hash = (Math.imul(hash, 31) + bytes[position]!) | 0
  const slot = hash & (seenMax - 1)
  const candidate = seen[slot]!
  if (candidate.length === length && spells(bytes, at, candidate)) return candidate as ServerId

  const id = String.fromCharCode(...bytes.subarray(at, end))
  if (!isServerId(id)) return undefined
  seen[slot] = id
  return id
}

/** A power of two, so that a hash is cut to a slot by a mask. */
const seenMax = 256

const seen: Array<string> = Array.from({ length: seenMax }, () => "")

const spells = (bytes: Uint8Array, at: number, text: string): boolean => {
  for (let position = 0; position < text.length; position++) {
    if (bytes[at + position] !== text.charCodeAt(position)) return false
  }
  return true
}
