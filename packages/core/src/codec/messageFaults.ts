/**
 * Why bytes are no message: found once it is known that they are none, so that
 * reading a good one asks as little as it can.
 */
import { getSafe } from "./bytes.ts"
import {
  type DecodeError,
  decodeError,
  trailing,
  truncated,
  unknownVersion,
  unsafeInteger
} from "./decodeError.ts"
import { readServerId, serverIdFault } from "./serverIdCodec.ts"
import { appendAt, headerAt, headerBytes, wireVersion } from "./wireFormat.ts"

/** Why the bytes are no frame of this version: of another version, too few, or too many. */
export const frameFault = (view: DataView, start: number, end: number): DecodeError => {
  // The version first, and from one byte: other versions may have shorter headers.
  const version = start < end ? view.getUint8(start) : wireVersion
  if (version !== wireVersion) return unknownVersion("a message", start, version)
  if (end - start < headerBytes)
    return truncated("the header of a message", { start, end, needed: headerBytes })
  const needed = view.getUint32(start + headerAt.length)
  return needed > end - start
    ? truncated("a message", { start, end, needed })
    : trailing("a message", { at: start + needed, end })
}

export const envelopeFault = (view: DataView, fromStart: number, toStart: number): DecodeError =>
  readServerId(view, fromStart, toStart) === undefined
    ? serverIdFault("from", fromStart)
    : serverIdFault("to", toStart)

export const kindFault = (view: DataView, at: number): DecodeError => {
  const kind = view.getUint8(at)
  return decodeError("UnknownKind", at, `no version of this format has messages of kind ${kind}`)
}

export const headerNumbersAt = {
  incarnation: headerAt.incarnation,
  term: headerAt.term,
  sequence: headerAt.sequence
}

export const appendNumbersAt = {
  prevLogIndex: appendAt.prevLogIndex,
  prevLogTerm: appendAt.prevLogTerm,
  leaderCommit: appendAt.leaderCommit
}

/** Names the first of the fields, given by their places after `start`, that holds no safe integer. */
export const unsafeFault = (
  view: DataView,
  start: number,
  fieldsAt: Readonly<Record<string, number>>
): DecodeError => {
  for (const [field, at] of Object.entries(fieldsAt)) {
    if (getSafe(view, start + at) < 0) return unsafeInteger(field, start + at)
  }
  return unsafeInteger("a number", start)
}
