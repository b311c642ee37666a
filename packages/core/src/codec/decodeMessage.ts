/**
 * Messages from bytes (docs/wire-format.md, version 1). Total: whatever the
 * bytes, the answer is a message or a `DecodeError`, for time and memory in
 * proportion to their number.
 */
import * as Ids from "../ids.ts"
import type { Header, Message } from "../message.ts"
import { readSafe, readU32 } from "./bytes.ts"
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
import { readEntries } from "./entryCodec.ts"
import { optionalFieldsFault } from "./optionalFields.ts"
import { readServerId } from "./serverIdCodec.ts"
import {
  appendAt,
  headerAt,
  headerBytes,
  layoutOfKind,
  type MessageLayout,
  refusedAt,
  reservedMessageKind,
  voteAt,
  wireVersion
} from "./wireFormat.ts"

/**
 * Decodes exactly one message.
 *
 * **Details**
 *
 * Payloads of its entries are views: they keep the memory of `bytes` and change
 * with it. Whoever reads into one buffer over and over decodes a copy.
 */
export const decodeMessage = (bytes: Uint8Array): Decoded<Message> => {
  if (
    bytes.length < headerBytes ||
    bytes[headerAt.version] !== wireVersion ||
    readU32(bytes, headerAt.length) !== bytes.length
  ) {
    return frameFault(bytes)
  }
  const layout = layoutOfKind[bytes[headerAt.kind]!]
  if (layout === undefined) return kindFault(bytes[headerAt.kind]!)

  const toStart = headerBytes + bytes[headerAt.fromLength]!
  const bodyStart = toStart + bytes[headerAt.toLength]!
  const bodyEnd = endOfBody(bytes, bodyStart, layout)
  if (bodyEnd > bytes.length) return bodyFault(bytes, bodyStart, layout)
  const fieldsFault = bodyEnd < bytes.length ? optionalFieldsFault(bytes, bodyEnd, bytes.length) : undefined
  if (fieldsFault !== undefined) return fieldsFault

  const from = readServerId(bytes, headerBytes, toStart - headerBytes)
  if (from === undefined) return serverIdFault("from", headerBytes)
  const to = readServerId(bytes, toStart, bodyStart - toStart)
  if (to === undefined) return serverIdFault("to", toStart)
  const header: Header = {
    group: Ids.groupId(readU32(bytes, headerAt.group)),
    from,
    incarnation: Ids.incarnation(readSafe(bytes, headerAt.incarnation)),
    to,
    term: Ids.term(readSafe(bytes, headerAt.term)),
    sequence: Ids.sequence(readSafe(bytes, headerAt.sequence))
  }
  // A number that cannot be represented reads as -1.
  if (header.incarnation < 0 || header.term < 0 || header.sequence < 0)
    return unsafeFault(bytes, 0, headerNumbersAt)
  return readBody(bytes, {
    tag: layout.tag,
    start: bodyStart,
    entriesStart: bodyStart + layout.bodyBytes,
    end: bodyEnd,
    header
  })
}

/** Where the body ends, by what it says itself; beyond the last byte if it stops too soon to tell. */
const endOfBody = (bytes: Uint8Array, start: number, { tag, bodyBytes }: MessageLayout): number => {
  const end = start + bodyBytes
  if (tag !== "AppendEntriesRequest" || end > bytes.length) return end
  return end + readU32(bytes, start + appendAt.entriesLength)
}

/** A body whose bytes are known to exist, and the header before it. */
interface Body {
  readonly tag: Message["_tag"]
  readonly start: number
  /** Where the entries of an `AppendEntriesRequest` start. */
  readonly entriesStart: number
  readonly end: number
  readonly header: Header
}

const readBody = (bytes: Uint8Array, body: Body): Decoded<Message> => {
  switch (body.tag) {
    case "RequestVoteRequest":
      return readRequestVoteRequest(bytes, body)
    case "RequestVoteResponse":
      return readRequestVoteResponse(bytes, body)
    case "AppendEntriesRequest":
      return readAppendEntriesRequest(bytes, body)
    case "AppendEntriesAccepted":
      return readAppendEntriesAccepted(bytes, body)
    case "AppendEntriesRefused":
      return readAppendEntriesRefused(bytes, body)
    case "HeartbeatRequest":
      return readHeartbeatRequest(bytes, body)
    case "HeartbeatResponse":
      return readHeartbeatResponse(body)
  }
}

// The readers name every field of the header: spreading it costs more than the rest of a message.

const readRequestVoteRequest = (bytes: Uint8Array, { start, header }: Body): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  const lastLogIndex = Ids.logIndex(readSafe(bytes, start + voteAt.lastLogIndex))
  const lastLogTerm = Ids.term(readSafe(bytes, start + voteAt.lastLogTerm))
  if (lastLogIndex < 0 || lastLogTerm < 0) return unsafeFault(bytes, start, voteAt)
  return ok({
    _tag: "RequestVoteRequest",
    group,
    from,
    incarnation,
    to,
    term,
    sequence,
    lastLogIndex,
    lastLogTerm
  })
}

const readRequestVoteResponse = (bytes: Uint8Array, { start, header }: Body): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  const voteGranted = bytes[start]!
  if (voteGranted > 1)
    return decodeError("InvalidBoolean", start, `voteGranted is ${voteGranted}, neither 0 nor 1`)
  return ok({
    _tag: "RequestVoteResponse",
    group,
    from,
    incarnation,
    to,
    term,
    sequence,
    voteGranted: voteGranted === 1
  })
}

const readAppendEntriesRequest = (
  bytes: Uint8Array,
  { start, entriesStart, end, header }: Body
): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  const prevLogIndex = Ids.logIndex(readSafe(bytes, start + appendAt.prevLogIndex))
  const prevLogTerm = Ids.term(readSafe(bytes, start + appendAt.prevLogTerm))
  const leaderCommit = Ids.logIndex(readSafe(bytes, start + appendAt.leaderCommit))
  if (prevLogIndex < 0 || prevLogTerm < 0 || leaderCommit < 0)
    return unsafeFault(bytes, start, appendNumbersAt)
  if (prevLogTerm > term) {
    const text = `prevLogTerm is ${prevLogTerm}, from a leader of term ${term}`
    return decodeError("TermOutOfOrder", start + appendAt.prevLogTerm, text)
  }
  const entries = readEntries(bytes, {
    start: entriesStart,
    end,
    prevLogIndex,
    prevLogTerm,
    leaderTerm: term
  })
  if (!Array.isArray(entries)) return entries
  return ok({
    _tag: "AppendEntriesRequest",
    group,
    from,
    incarnation,
    to,
    term,
    sequence,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit
  })
}

const readAppendEntriesAccepted = (bytes: Uint8Array, { start, header }: Body): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  const matchIndex = Ids.logIndex(readSafe(bytes, start))
  if (matchIndex < 0) return unsafeInteger("matchIndex", start)
  return ok({ _tag: "AppendEntriesAccepted", group, from, incarnation, to, term, sequence, matchIndex })
}

const readAppendEntriesRefused = (bytes: Uint8Array, { start, header }: Body): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  const prevLogIndex = Ids.logIndex(readSafe(bytes, start + refusedAt.prevLogIndex))
  const conflictTerm = Ids.term(readSafe(bytes, start + refusedAt.conflictTerm))
  const conflictIndex = Ids.logIndex(readSafe(bytes, start + refusedAt.conflictIndex))
  const lastLogIndex = Ids.logIndex(readSafe(bytes, start + refusedAt.lastLogIndex))
  if (prevLogIndex < 0 || conflictTerm < 0 || conflictIndex < 0 || lastLogIndex < 0) {
    return unsafeFault(bytes, start, refusedAt)
  }
  return ok({
    _tag: "AppendEntriesRefused",
    group,
    from,
    incarnation,
    to,
    term,
    sequence,
    prevLogIndex,
    conflictTerm,
    conflictIndex,
    lastLogIndex
  })
}

const readHeartbeatRequest = (bytes: Uint8Array, { start, header }: Body): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  const leaderCommit = Ids.logIndex(readSafe(bytes, start))
  if (leaderCommit < 0) return unsafeInteger("leaderCommit", start)
  return ok({ _tag: "HeartbeatRequest", group, from, incarnation, to, term, sequence, leaderCommit })
}

const readHeartbeatResponse = ({ header }: Body): Decoded<Message> => {
  const { group, from, incarnation, to, term, sequence } = header
  return ok({ _tag: "HeartbeatResponse", group, from, incarnation, to, term, sequence })
}

/** Why the bytes are no frame of this version: too few, too many, or of another version. */
const frameFault = (bytes: Uint8Array): DecodeError => {
  const available = bytes.length
  // First, and from one byte: other versions may have other headers.
  const version = bytes[headerAt.version]
  if (version !== undefined && version !== wireVersion)
    return unknownVersion("a message", headerAt.version, version)
  if (available < headerBytes) return truncated("a message header", { at: 0, needed: headerBytes, available })
  const end = readU32(bytes, headerAt.length)
  return end > available
    ? truncated("a message", { at: 0, needed: end, available })
    : trailing("a message", { end, length: available })
}

const kindFault = (kind: number): DecodeError => {
  const reservedFor = reservedMessageKind(kind)
  return reservedFor === undefined
    ? decodeError("UnknownKind", headerAt.kind, `no version of this format has messages of kind ${kind}`)
    : decodeError(
        "ReservedKind",
        headerAt.kind,
        `messages of kind ${kind} (${reservedFor}) need a later version`
      )
}

const bodyFault = (bytes: Uint8Array, start: number, layout: MessageLayout): DecodeError =>
  truncated(`a ${layout.tag}`, {
    at: start,
    needed: endOfBody(bytes, start, layout) - start,
    available: Math.max(0, bytes.length - start)
  })

const serverIdFault = (field: string, at: number): DecodeError =>
  decodeError("InvalidServerId", at, `${field} is no server id (1 to 64 characters of A-Z a-z 0-9 . _ -)`)

const headerNumbersAt = {
  incarnation: headerAt.incarnation,
  term: headerAt.term,
  sequence: headerAt.sequence
}

const appendNumbersAt = {
  prevLogIndex: appendAt.prevLogIndex,
  prevLogTerm: appendAt.prevLogTerm,
  leaderCommit: appendAt.leaderCommit
}

/** Names the first of the fields, given by their places after `start`, that holds no safe integer. */
const unsafeFault = (
  bytes: Uint8Array,
  start: number,
  fieldsAt: Readonly<Record<string, number>>
): DecodeError => {
  for (const [field, at] of Object.entries(fieldsAt)) {
    if (readSafe(bytes, start + at) < 0) return unsafeInteger(field, start + at)
  }
  return unsafeInteger("a number", start)
}
