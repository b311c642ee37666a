/**
 * Entries as bytes (§5.3): one record format for messages and logs, so that a
 * record may be copied from one to the other.
 *
 * Records have no optional fields. Replicas must agree on entries, and a server
 * that skipped a part of one would store something else than its leader. What a
 * configuration or session entry carries is looked into: a server must not store
 * what it could not go by.
 */
import type { Entry, EntryKind } from "../entry.ts"
import { type LogIndex, logIndex, type Term, term } from "../ids.ts"
import { invariant } from "../invariant.ts"
import { getSafe, setSafe, type Target, targetOf, u32Max, viewOf } from "./bytes.ts"
import {
  type Decoded,
  type DecodeError,
  decodeError,
  ok,
  relativeTo,
  trailing,
  truncated,
  unknownVersion,
  unsafeInteger
} from "./decodeError.ts"
import { decodeConfiguration } from "./configurationCodec.ts"
import { decodeSessionCommand } from "./sessionCommandCodec.ts"
import { entryKinds, wireVersion } from "./wireFormat.ts"

/** Size of a record without its payload. */
export const entryHeaderBytes = 32

/** Where the fields of a record start; its version comes first. */
const kindAt = 1
const reservedAt = 2
const payloadLengthAt = 4
const indexAt = 8
const termAt = 16
const timeAt = 24

/** The first four bytes of a record: version, kind and zeros. */
const wordOf = (kind: EntryKind): number => ((wireVersion << 24) | (entryKinds[kind] << 16)) >>> 0
const noOpWord = wordOf("NoOp")
const commandWord = wordOf("Command")
const configurationWord = wordOf("Configuration")
const sessionWord = wordOf("Session")

const noPayload = new Uint8Array(0)

export const encodedEntryLength = (entry: Entry): number => entryHeaderBytes + entry.payload.length

/** The record of one entry, in a buffer of its own. */
export const encodeEntry = (entry: Entry): Uint8Array => {
  const target = targetOf(new ArrayBuffer(encodedEntryLength(entry)))
  writeEntries(target, 0, [entry])
  return target.bytes
}

/** Writes records back to back from `at` on and returns where they end. */
export const writeEntries = (target: Target, at: number, entries: ReadonlyArray<Entry>): number => {
  const { bytes, view } = target
  let start = at
  for (const entry of entries) {
    const payload = entry.payload
    invariant(entry.index > 0, "entries are counted from 1")
    invariant(entry.kind !== "NoOp" || payload.length === 0, "a no-op carries nothing")
    invariant(payload.length <= u32Max, "the length of a payload fits its field")
    view.setUint32(start, entry.kind === "Command" ? commandWord : wordOf(entry.kind))
    view.setUint32(start + payloadLengthAt, payload.length)
    setSafe(view, start + indexAt, entry.index)
    setSafe(view, start + termAt, entry.term)
    setSafe(view, start + timeAt, entry.time)
    bytes.set(payload, start + entryHeaderBytes)
    start += entryHeaderBytes + payload.length
  }
  return start
}

/** Decodes exactly one record. Its payload is a view: it keeps the memory of `bytes` and changes with it. */
export const decodeEntry = (bytes: Uint8Array): Decoded<Entry> => {
  const start = bytes.byteOffset
  return relativeTo(start, readOnlyEntry(viewOf(bytes.buffer), start, start + bytes.length))
}

const readOnlyEntry = (view: DataView, start: number, end: number): Decoded<Entry> => {
  const fault = recordFault(view, start, end)
  if (fault !== undefined) return fault
  const recordEnd = endOfRecord(view, start, end)
  return recordEnd < end
    ? trailing("an entry", { at: recordEnd, end })
    : ok(readRecord(view, view.buffer, start, recordEnd))
}

/** Where records lie, and what they must follow on. */
export interface Run {
  readonly start: number
  readonly end: number
  readonly prevLogIndex: LogIndex
  readonly prevLogTerm: Term
  /** The leader's own: nothing in its log is of a later one. */
  readonly leaderTerm: Term
}

/**
 * Decodes records that fill `start..end` and must continue the log after
 * `prevLogIndex`. Payloads are views of the buffer.
 */
export const readEntries = (view: DataView, run: Run): Decoded<ReadonlyArray<Entry>> => {
  const entries: Array<Entry> = []
  const buffer = view.buffer
  let start = run.start
  let index: number = run.prevLogIndex
  let lastTerm: number = run.prevLogTerm
  let lastTime = 0
  while (start < run.end) {
    index++
    const end = endOfRecord(view, start, run.end)
    if (end < 0) return runFault(view, { ...run, start, index, lastTerm, lastTime })
    const entry = readRecord(view, buffer, start, end)
    // A number that cannot be represented was read as -1, so it fails here too.
    if (
      entry.index !== index ||
      entry.term < lastTerm ||
      entry.term > run.leaderTerm ||
      entry.time < lastTime
    ) {
      return runFault(view, { ...run, start, index, lastTerm, lastTime })
    }
    entries.push(entry)
    lastTerm = entry.term
    lastTime = entry.time
    start = end
  }
  return ok(entries)
}

/** Where the record at `start` ends, or -1 if it has a fault that shows before its numbers are read. */
const endOfRecord = (view: DataView, start: number, limit: number): number => {
  if (limit - start < entryHeaderBytes) return -1
  const kindWord = view.getUint32(start)
  const length = view.getUint32(start + payloadLengthAt)
  const end = start + entryHeaderBytes + length
  if (end > limit) return -1
  if (kindWord === commandWord || (kindWord === noOpWord && length === 0)) return end
  const isLookedInto = kindWord === configurationWord || kindWord === sessionWord
  return isLookedInto && payloadFault(view, start, end) === undefined ? end : -1
}

/** Why an entry does not carry a configuration or session command, if it should and does not. */
const payloadFault = (view: DataView, start: number, end: number): DecodeError | undefined => {
  const payloadStart = start + entryHeaderBytes
  const payload = new Uint8Array(view.buffer, payloadStart, end - payloadStart)
  const kind = kindOf(view.getUint8(start + kindAt))
  if (kind !== "Configuration" && kind !== "Session") return undefined
  const decoded = kind === "Configuration" ? decodeConfiguration(payload) : decodeSessionCommand(payload)
  return decoded._tag === "Ok" ? undefined : { ...decoded, offset: decoded.offset + payloadStart }
}

const readRecord = (view: DataView, buffer: ArrayBufferLike, start: number, end: number): Entry => {
  const payloadStart = start + entryHeaderBytes
  return {
    index: logIndex(getSafe(view, start + indexAt)),
    term: term(getSafe(view, start + termAt)),
    kind: kindOf(view.getUint8(start + kindAt)),
    time: getSafe(view, start + timeAt),
    // An empty view would keep the whole buffer for nothing.
    payload: payloadStart === end ? noPayload : new Uint8Array(buffer, payloadStart, end - payloadStart)
  }
}

const kindOf = (code: number): EntryKind => {
  if (code === entryKinds.Command) return "Command"
  if (code === entryKinds.Session) return "Session"
  return code === entryKinds.Configuration ? "Configuration" : "NoOp"
}

interface Expected extends Run {
  readonly index: number
  readonly lastTerm: number
  readonly lastTime: number
}

/** What is wrong with the record at `start` of a run, when something is. */
const runFault = (view: DataView, expected: Expected): DecodeError =>
  recordFault(view, expected.start, expected.end) ?? orderFault(view, expected)

const orderFault = (
  view: DataView,
  { start, index, lastTerm, leaderTerm, lastTime }: Expected
): DecodeError => {
  const found = readRecord(view, view.buffer, start, start + entryHeaderBytes)
  if (found.index !== index) {
    return decodeError("IndexOutOfOrder", start + indexAt, `entry ${index} says it has index ${found.index}`)
  }
  if (found.term < lastTerm) {
    const text = `entry ${index} has term ${found.term}, after an entry of term ${lastTerm}`
    return decodeError("TermOutOfOrder", start + termAt, text)
  }
  if (found.term > leaderTerm) {
    const text = `entry ${index} has term ${found.term}, from a leader of term ${leaderTerm}`
    return decodeError("TermOutOfOrder", start + termAt, text)
  }
  const text = `entry ${index} has time ${found.time}, after an entry of time ${lastTime}`
  return decodeError("TimeOutOfOrder", start + timeAt, text)
}

/** What is wrong with the record at `start` by itself, if anything. */
const recordFault = (view: DataView, start: number, end: number): DecodeError | undefined => {
  // The version first, and from one byte: other versions may have shorter heads.
  const version = start < end ? view.getUint8(start) : wireVersion
  if (version !== wireVersion) return unknownVersion("an entry", start, version)
  if (end - start < entryHeaderBytes)
    return truncated("the head of an entry", { start, end, needed: entryHeaderBytes })
  const kind = view.getUint8(start + kindAt)
  if (kind > entryKinds.Session) {
    const text = `no version of this format has entries of kind ${kind}`
    return decodeError("UnknownKind", start + kindAt, text)
  }
  const reserved = view.getUint16(start + reservedAt)
  if (reserved !== 0) {
    return decodeError(
      "ReservedField",
      start + reservedAt,
      `the reserved field of an entry is ${reserved}, not 0`
    )
  }

  const length = view.getUint32(start + payloadLengthAt)
  const needed = entryHeaderBytes + length
  if (end - start < needed) return truncated("an entry", { start, end, needed })
  if (kind === entryKinds.NoOp && length > 0) {
    return decodeError("UnexpectedPayload", start + payloadLengthAt, `a no-op carries ${length} bytes`)
  }

  const index = getSafe(view, start + indexAt)
  if (index < 0) return unsafeInteger("index", start + indexAt)
  if (index === 0)
    return decodeError("IndexOutOfOrder", start + indexAt, "an entry has index 0, but logs start at 1")
  if (getSafe(view, start + termAt) < 0) return unsafeInteger("term", start + termAt)
  if (getSafe(view, start + timeAt) < 0) return unsafeInteger("time", start + timeAt)
  return payloadFault(view, start, start + needed)
}
