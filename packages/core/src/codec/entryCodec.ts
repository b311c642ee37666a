/**
 * Entries as bytes (§5.3): one record format for messages and logs, so that a
 * record may be copied from one to the other.
 *
 * Records have no optional fields. Replicas must agree on entries, and a server
 * that skipped a part of one would store something else than its leader.
 */
import type { Entry } from "../entry.ts"
import { type LogIndex, logIndex, type Term, term } from "../ids.ts"
import { invariant } from "../invariant.ts"
import { getSafe, keptView, readSafe, readU16, readU32, setSafe, u32Max } from "./bytes.ts"
import {
  type Decoded,
  type DecodeError,
  decodeError,
  ok,
  trailing,
  truncated,
  unknownVersion,
  unsafeInteger
} from "./decodeError.ts"
import { entryKinds, reservedEntryKind, wireVersion } from "./wireFormat.ts"

/** Size of a record without its payload. */
export const entryHeaderBytes = 32

/** Where a record's fields start. */
const kindAt = 1
const reservedAt = 2
const payloadLengthAt = 4
const indexAt = 8
const termAt = 16
const timeAt = 24

/** The first four bytes of a record: version, kind and zeros. */
const noOpWord = ((wireVersion << 24) | (entryKinds.NoOp << 16)) >>> 0
const commandWord = ((wireVersion << 24) | (entryKinds.Command << 16)) >>> 0

const noPayload = new Uint8Array(0)

const viewToWrite = keptView()
const viewToRead = keptView()

export const encodedEntryLength = (entry: Entry): number => entryHeaderBytes + entry.payload.length

/** The record of one entry, in a buffer of its own. */
export const encodeEntry = (entry: Entry): Uint8Array => {
  const target = new Uint8Array(encodedEntryLength(entry))
  writeEntries(target, 0, [entry])
  return target
}

/** Writes records back to back from `at` on, where the caller has made room, and returns where they end. */
export const writeEntries = (target: Uint8Array, at: number, entries: ReadonlyArray<Entry>): number => {
  const view = viewToWrite(target.buffer)
  const base = target.byteOffset
  let start = at
  for (const entry of entries) {
    const payload = entry.payload
    const isCommand = entry.kind === "Command"
    invariant(entry.index > 0, "entries are counted from 1")
    invariant(isCommand || payload.length === 0, "a no-op carries nothing")
    invariant(payload.length <= u32Max, "the length of a payload fits its field")
    // First, because `set` throws when the target is too small, where the rest would hit its neighbours.
    target.set(payload, start + entryHeaderBytes)
    view.setUint32(base + start, isCommand ? commandWord : noOpWord)
    view.setUint32(base + start + payloadLengthAt, payload.length)
    setSafe(view, base + start + indexAt, entry.index)
    setSafe(view, base + start + termAt, entry.term)
    setSafe(view, base + start + timeAt, entry.time)
    start += entryHeaderBytes + payload.length
  }
  return start
}

/** Decodes exactly one record. The payload is a view of `bytes`. */
export const decodeEntry = (bytes: Uint8Array): Decoded<Entry> => {
  const fault = recordFault(bytes, 0, bytes.length)
  if (fault !== undefined) return fault
  const end = entryHeaderBytes + readU32(bytes, payloadLengthAt)
  if (end < bytes.length) return trailing("an entry", { end, length: bytes.length })
  const start = bytes.byteOffset
  return ok(readRecord(viewToRead(bytes.buffer), bytes.buffer, start, start + end))
}

/** Where records lie, and what they must follow on. */
export interface Run {
  readonly start: number
  readonly end: number
  readonly prevLogIndex: LogIndex
  readonly prevLogTerm: Term
  /** Nothing in a leader's log is of a later term than its own. */
  readonly leaderTerm: Term
}

/**
 * Decodes records that fill `bytes[start..end)` and must continue the log after
 * `prevLogIndex`. Payloads are views of `bytes`.
 */
export const readEntries = (bytes: Uint8Array, run: Run): Array<Entry> | DecodeError => {
  const entries: Array<Entry> = []
  const buffer = bytes.buffer
  const view = viewToRead(buffer)
  const base = bytes.byteOffset
  const limit = base + run.end
  let start = base + run.start
  let index: number = run.prevLogIndex
  let lastTerm: number = run.prevLogTerm
  let lastTime = 0
  while (start < limit) {
    index++
    const end = recordEnd(view, start, limit)
    if (end < 0) return runFault(bytes, { ...run, start: start - base, index, lastTerm, lastTime })
    const entry = readRecord(view, buffer, start, end)
    // A number that cannot be represented was read as -1, so it fails here too.
    if (
      entry.index !== index ||
      entry.term < lastTerm ||
      entry.term > run.leaderTerm ||
      entry.time < lastTime
    ) {
      return runFault(bytes, { ...run, start: start - base, index, lastTerm, lastTime })
    }
    entries.push(entry)
    lastTerm = entry.term
    lastTime = entry.time
    start = end
  }
  return entries
}

/** Where the record at `start` ends, or -1 if it has a fault that shows before its numbers are read. */
const recordEnd = (view: DataView, start: number, limit: number): number => {
  if (limit - start < entryHeaderBytes) return -1
  const kindWord = view.getUint32(start)
  const length = view.getUint32(start + payloadLengthAt)
  if (kindWord !== commandWord && (kindWord !== noOpWord || length > 0)) return -1
  const end = start + entryHeaderBytes + length
  return end <= limit ? end : -1
}

const readRecord = (view: DataView, buffer: ArrayBufferLike, start: number, end: number): Entry => {
  const payloadStart = start + entryHeaderBytes
  return {
    index: logIndex(getSafe(view, start + indexAt)),
    term: term(getSafe(view, start + termAt)),
    kind: view.getUint8(start + kindAt) === entryKinds.Command ? "Command" : "NoOp",
    time: getSafe(view, start + timeAt),
    // An empty view would keep the whole buffer for nothing.
    payload: payloadStart === end ? noPayload : new Uint8Array(buffer, payloadStart, end - payloadStart)
  }
}

interface Expected extends Run {
  readonly index: number
  readonly lastTerm: number
  readonly lastTime: number
}

/** What is wrong with the record at `start` of a run, once something is. */
const runFault = (bytes: Uint8Array, expected: Expected): DecodeError =>
  recordFault(bytes, expected.start, expected.end) ?? orderFault(bytes, expected)

const orderFault = (bytes: Uint8Array, expected: Expected): DecodeError => {
  const { start, lastTerm, leaderTerm } = expected
  const index = readSafe(bytes, start + indexAt)
  if (index !== expected.index) {
    const text = `the entry at index ${expected.index} says index ${index}`
    return decodeError("IndexOutOfOrder", start + indexAt, text)
  }
  const entryTerm = readSafe(bytes, start + termAt)
  if (entryTerm < lastTerm || entryTerm > leaderTerm) {
    const text = `entry ${index} has term ${entryTerm}, after term ${lastTerm} from a leader of term ${leaderTerm}`
    return decodeError("TermOutOfOrder", start + termAt, text)
  }
  const time = readSafe(bytes, start + timeAt)
  return decodeError(
    "TimeOutOfOrder",
    start + timeAt,
    `entry ${index} has time ${time}, after ${expected.lastTime}`
  )
}

/** What is wrong with the record at `start` by itself, if anything. */
const recordFault = (bytes: Uint8Array, start: number, limit: number): DecodeError | undefined => {
  const available = limit - start
  if (available < entryHeaderBytes)
    return truncated("an entry", { at: start, needed: entryHeaderBytes, available })

  const version = bytes[start]!
  if (version !== wireVersion) return unknownVersion("an entry", start, version)
  const kind = bytes[start + kindAt]!
  if (kind !== entryKinds.NoOp && kind !== entryKinds.Command) return kindFault(kind, start + kindAt)
  const reserved = readU16(bytes, start + reservedAt)
  if (reserved !== 0) {
    return decodeError(
      "ReservedField",
      start + reservedAt,
      `the reserved field of an entry is ${reserved}, not 0`
    )
  }

  const length = readU32(bytes, start + payloadLengthAt)
  const needed = entryHeaderBytes + length
  if (needed > available) return truncated("an entry", { at: start, needed, available })
  if (kind === entryKinds.NoOp && length > 0) {
    return decodeError("UnexpectedPayload", start + payloadLengthAt, `a no-op carries ${length} bytes`)
  }

  const index = readSafe(bytes, start + indexAt)
  if (index < 0) return unsafeInteger("index of an entry", start + indexAt)
  if (index === 0)
    return decodeError("IndexOutOfOrder", start + indexAt, "an entry has index 0, but logs start at 1")
  if (readSafe(bytes, start + termAt) < 0) return unsafeInteger("term of an entry", start + termAt)
  if (readSafe(bytes, start + timeAt) < 0) return unsafeInteger("time of an entry", start + timeAt)
  return undefined
}

const kindFault = (kind: number, at: number): DecodeError => {
  const reservedFor = reservedEntryKind(kind)
  return reservedFor === undefined
    ? decodeError("UnknownKind", at, `no version of this format has entries of kind ${kind}`)
    : decodeError(
        "ReservedKind",
        at,
        `entries of kind ${kind} (${reservedFor}) need a later version of this server`
      )
}
