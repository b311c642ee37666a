/**
 * Messages from bytes (docs/wire-format.md, version 1). Total: whatever the
 * bytes, the answer is a message or a `DecodeError`, for time and memory in
 * proportion to their number.
 */
import * as Ids from "../ids.ts"
import type { Message } from "../message.ts"
import { getSafe, u32Bytes, viewOf } from "./bytes.ts"
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
import { readEntries } from "./entryCodec.ts"
import { optionalFieldsFault } from "./optionalFields.ts"
import { readEnvelope, readServerId, serverIdFault } from "./serverIdCodec.ts"
import { readSnapshotRequest, readSnapshotResponse } from "./snapshotMessage.ts"
import {
  appendAt,
  headerAt,
  headerBytes,
  layoutOfKind,
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
  const start = bytes.byteOffset
  return relativeTo(start, readMessage(viewOf(bytes.buffer), start, start + bytes.length))
}

/**
 * Decodes the one message in `start..end` of a whole buffer's view, as
 * `decodeMessage` does; places in an error are counted from the start of the
 * buffer. For transports: a view of each message costs as much as reading it.
 */
export const readMessage = (view: DataView, start: number, end: number): Decoded<Message> => {
  if (
    end - start < headerBytes ||
    view.getUint8(start) !== wireVersion ||
    view.getUint32(start + headerAt.length) !== end - start
  ) {
    return frameFault(view, start, end)
  }
  const firstWord = view.getUint32(start)
  const layout = layoutOfKind[(firstWord >>> 16) & byteMax]
  if (layout === undefined) return kindFault(view, start + headerAt.kind)

  const fromStart = start + headerBytes
  const toStart = fromStart + ((firstWord >>> 8) & byteMax)
  const bodyStart = toStart + (firstWord & byteMax)
  // Two kinds have a body whose length varies; its last fixed field says by how much.
  const fixedEnd = bodyStart + layout.bodyBytes
  const isLonger = layout.tag === "AppendEntriesRequest" || layout.tag === "InstallSnapshotRequest"
  const varies = isLonger && fixedEnd <= end
  const bodyEnd = varies ? fixedEnd + view.getUint32(fixedEnd - u32Bytes) : fixedEnd
  if (bodyEnd > end) return truncated(`a ${layout.tag}`, { start, end, needed: bodyEnd - start })
  const fieldsFault = bodyEnd < end ? optionalFieldsFault(view, bodyEnd, end) : undefined
  if (fieldsFault !== undefined) return fieldsFault

  const envelope = readEnvelope(view, fromStart, toStart, bodyStart)
  if (envelope === undefined) return envelopeFault(view, fromStart, toStart)
  const { from, to } = envelope
  const group = Ids.groupId(view.getUint32(start + headerAt.group))
  const incarnation = Ids.incarnation(getSafe(view, start + headerAt.incarnation))
  const term = Ids.term(getSafe(view, start + headerAt.term))
  const sequence = Ids.sequence(getSafe(view, start + headerAt.sequence))
  // A number that cannot be represented reads as -1.
  if (incarnation < 0 || term < 0 || sequence < 0) return unsafeFault(view, start, headerNumbersAt)

  // Every reader is given the header field by field: an object of it costs as much as the rest of a short message.
  switch (layout.tag) {
    case "RequestVoteRequest":
      return readRequestVoteRequest(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "RequestVoteResponse":
      return readRequestVoteResponse(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "AppendEntriesRequest":
      return readAppendEntriesRequest(view, bodyStart, bodyEnd, group, from, incarnation, to, term, sequence)
    case "AppendEntriesAccepted":
      return readAppendEntriesAccepted(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "AppendEntriesRefused":
      return readAppendEntriesRefused(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "HeartbeatRequest":
      return readHeartbeatRequest(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "HeartbeatResponse":
      return ok({ _tag: "HeartbeatResponse", group, from, incarnation, to, term, sequence })
    case "InstallSnapshotRequest": {
      const header = { group, from, incarnation, to, term, sequence }
      return readSnapshotRequest(view, { start: bodyStart, end: bodyEnd }, header)
    }
    case "InstallSnapshotResponse":
      return readSnapshotResponse(view, bodyStart, { group, from, incarnation, to, term, sequence })
  }
}

const readRequestVoteRequest = (
  view: DataView,
  start: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const lastLogIndex = Ids.logIndex(getSafe(view, start + voteAt.lastLogIndex))
  const lastLogTerm = Ids.term(getSafe(view, start + voteAt.lastLogTerm))
  if (lastLogIndex < 0 || lastLogTerm < 0) return unsafeFault(view, start, voteAt)
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

const readRequestVoteResponse = (
  view: DataView,
  start: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const voteGranted = view.getUint8(start)
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
  view: DataView,
  start: number,
  end: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const prevLogIndex = Ids.logIndex(getSafe(view, start + appendAt.prevLogIndex))
  const prevLogTerm = Ids.term(getSafe(view, start + appendAt.prevLogTerm))
  const leaderCommit = Ids.logIndex(getSafe(view, start + appendAt.leaderCommit))
  if (prevLogIndex < 0 || prevLogTerm < 0 || leaderCommit < 0)
    return unsafeFault(view, start, appendNumbersAt)
  if (prevLogTerm > term) {
    const text = `prevLogTerm is ${prevLogTerm}, from a leader of term ${term}`
    return decodeError("TermOutOfOrder", start + appendAt.prevLogTerm, text)
  }
  const entries = readEntries(view, {
    start: start + appendAt.entriesLength + u32Bytes,
    end,
    prevLogIndex,
    prevLogTerm,
    leaderTerm: term
  })
  if (entries._tag === "DecodeError") return entries
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
    entries: entries.value,
    leaderCommit
  })
}

const readAppendEntriesAccepted = (
  view: DataView,
  start: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const matchIndex = Ids.logIndex(getSafe(view, start))
  if (matchIndex < 0) return unsafeInteger("matchIndex", start)
  return ok({ _tag: "AppendEntriesAccepted", group, from, incarnation, to, term, sequence, matchIndex })
}

const readAppendEntriesRefused = (
  view: DataView,
  start: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const prevLogIndex = Ids.logIndex(getSafe(view, start + refusedAt.prevLogIndex))
  const conflictTerm = Ids.term(getSafe(view, start + refusedAt.conflictTerm))
  const conflictIndex = Ids.logIndex(getSafe(view, start + refusedAt.conflictIndex))
  const lastLogIndex = Ids.logIndex(getSafe(view, start + refusedAt.lastLogIndex))
  if (prevLogIndex < 0 || conflictTerm < 0 || conflictIndex < 0 || lastLogIndex < 0) {
    return unsafeFault(view, start, refusedAt)
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

const readHeartbeatRequest = (
  view: DataView,
  start: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const leaderCommit = Ids.logIndex(getSafe(view, start))
  if (leaderCommit < 0) return unsafeInteger("leaderCommit", start)
  return ok({ _tag: "HeartbeatRequest", group, from, incarnation, to, term, sequence, leaderCommit })
}

const byteMax = 0xff

/** Why the bytes are no frame of this version: of another version, too few, or too many. */
const frameFault = (view: DataView, start: number, end: number): DecodeError => {
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

const envelopeFault = (view: DataView, fromStart: number, toStart: number): DecodeError =>
  readServerId(view, fromStart, toStart) === undefined
    ? serverIdFault("from", fromStart)
    : serverIdFault("to", toStart)

const kindFault = (view: DataView, at: number): DecodeError => {
  const kind = view.getUint8(at)
  const reservedFor = reservedMessageKind(kind)
  return reservedFor === undefined
    ? decodeError("UnknownKind", at, `no version of this format has messages of kind ${kind}`)
    : decodeError("ReservedKind", at, `messages of kind ${kind} (${reservedFor}) need a later version`)
}

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
  view: DataView,
  start: number,
  fieldsAt: Readonly<Record<string, number>>
): DecodeError => {
  for (const [field, at] of Object.entries(fieldsAt)) {
    if (getSafe(view, start + at) < 0) return unsafeInteger(field, start + at)
  }
  return unsafeInteger("a number", start)
}
