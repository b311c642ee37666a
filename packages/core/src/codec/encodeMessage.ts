/**
 * Messages to bytes (docs/wire-format.md, version 1).
 */
import type { GroupId, Incarnation, Sequence, ServerId, Term } from "../ids.ts"
import { invariant } from "../invariant.ts"
import type { AppendEntriesRequest, Message } from "../message.ts"
import { setSafe, type Target, u32Bytes, u32Max } from "./bytes.ts"
import { encodedEntryLength, writeEntries } from "./entryCodec.ts"
import { forwardTailLength, writeForwardRequest, writeForwardResponse } from "./forwardMessage.ts"
import {
  heartbeatFieldLength,
  leaseFieldLength,
  writeAllowsLease,
  writePromise,
  writeRound
} from "./heartbeatFields.ts"
import { serverIdBytesMax, writeServerId } from "./serverIdCodec.ts"
import { slabFor } from "./slab.ts"
import { snapshotTailLength, writeSnapshotRequest, writeSnapshotResponse } from "./snapshotMessage.ts"
import {
  appendAt,
  headerAt,
  headerBytes,
  heartbeatRefusedLayout,
  type MessageLayout,
  messageLayouts,
  readIndexAt,
  refusedAt,
  transferVoteLayout,
  voteAt,
  wireVersion
} from "./wireFormat.ts"

/** How many bytes `encodeMessage` gives. */
export const encodedMessageLength = (message: Message): number => {
  const { bodyBytes } = messageLayouts[message._tag]
  const length = headerBytes + message.from.length + message.to.length + bodyBytes
  return length + variableLength(message)
}

/**
 * The bytes of a message, exactly as many as it takes.
 *
 * They are a view of memory that other messages share: send or decode them, but
 * copy what is kept for long or handed to another thread.
 */
export const encodeMessage = (message: Message): Uint8Array => {
  const slab = slabFor(fixedBytesMax + variableLength(message))
  const start = slab.used
  const end = writeMessage(slab.target, start, message)
  slab.used = end
  return new Uint8Array(slab.buffer, start, end - start)
}

/** What follows the fixed fields of a body, optional fields included. */
const variableLength = (message: Message): number => {
  if (message._tag === "AppendEntriesRequest") return entriesLength(message)
  if (message._tag === "ForwardProposalsRequest") return forwardTailLength(message)
  if (message._tag === "InstallSnapshotRequest") return snapshotTailLength(message)
  if (message._tag === "ReadIndexRequest") return leaseFieldLength(message.allowsLease)
  const isHeartbeat = message._tag === "HeartbeatRequest" || message._tag === "HeartbeatResponse"
  return isHeartbeat ? heartbeatFieldLength(message) : 0
}

/** No message is longer, leaving out what is of any length. */
const fixedBytesMax =
  headerBytes +
  2 * serverIdBytesMax +
  Math.max(...Object.values(messageLayouts).map((layout) => layout.bodyBytes))

/** Writes a message from `at` on and returns where it ends. */
export const writeMessage = (target: Target, at: number, message: Message): number => {
  const end = writeFields(target, at, message)
  invariant(end - at <= u32Max, "the length of a message fits its field")
  target.view.setUint32(at + headerAt.length, end - at)
  return end
}

// Each case reads the header itself: in one place for all seven shapes of message, the same reads cost
// a quarter of an encoding.
const writeFields = (target: Target, at: number, m: Message): number => {
  const view = target.view
  const layout = messageLayouts[m._tag]
  switch (m._tag) {
    case "PreVoteRequest":
    case "RequestVoteRequest": {
      const kind = m._tag === "RequestVoteRequest" && m.leadershipTransfer ? transferVoteLayout : layout
      const body = writeHeader(view, at, kind, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      setSafe(view, body + voteAt.lastLogIndex, m.lastLogIndex)
      setSafe(view, body + voteAt.lastLogTerm, m.lastLogTerm)
      return body + layout.bodyBytes
    }
    case "PreVoteResponse":
    case "RequestVoteResponse": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      view.setUint8(body, m.voteGranted ? 1 : 0)
      return body + layout.bodyBytes
    }
    case "AppendEntriesRequest": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      setSafe(view, body + appendAt.prevLogIndex, m.prevLogIndex)
      setSafe(view, body + appendAt.prevLogTerm, m.prevLogTerm)
      setSafe(view, body + appendAt.leaderCommit, m.leaderCommit)
      return writeRun(target, body + layout.bodyBytes, m)
    }
    case "AppendEntriesAccepted": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      setSafe(view, body, m.matchIndex)
      return body + layout.bodyBytes
    }
    case "AppendEntriesRefused": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      setSafe(view, body + refusedAt.prevLogIndex, m.prevLogIndex)
      setSafe(view, body + refusedAt.conflictTerm, m.conflictTerm)
      setSafe(view, body + refusedAt.conflictIndex, m.conflictIndex)
      setSafe(view, body + refusedAt.lastLogIndex, m.lastLogIndex)
      return body + layout.bodyBytes
    }
    case "ReadIndexResponse": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      setSafe(view, body + readIndexAt.asker, m.asker)
      setSafe(view, body + readIndexAt.readIndex, m.readIndex)
      return body + layout.bodyBytes
    }
    case "HeartbeatRequest": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      setSafe(view, body, m.leaderCommit)
      return writeRound(view, body + layout.bodyBytes, m.round)
    }
    case "HeartbeatResponse": {
      const kind = m.accepted ? layout : heartbeatRefusedLayout
      const body = writeHeader(view, at, kind, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      return writePromise(view, body, m.promise)
    }
    case "TimeoutNowRequest":
    case "TimeoutNowResponse":
    case "ReadIndexRequest": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      return m._tag === "ReadIndexRequest" ? writeAllowsLease(view, body, m.allowsLease) : body
    }
    case "ForwardProposalsRequest":
    case "ForwardProposalsResponse":
    case "InstallSnapshotRequest":
    case "InstallSnapshotResponse": {
      const body = writeHeader(view, at, layout, m.group, m.from, m.incarnation, m.to, m.term, m.sequence)
      return writeSeldom(target, body, m)
    }
  }
}

type Seldom = Extract<Message, { readonly _tag: `ForwardProposals${string}` | `InstallSnapshot${string}` }>

const writeSeldom = (target: Target, body: number, m: Seldom): number => {
  switch (m._tag) {
    case "ForwardProposalsRequest":
      return writeForwardRequest(target, body, m)
    case "ForwardProposalsResponse":
      return writeForwardResponse(target.view, body, m)
    case "InstallSnapshotRequest":
      return writeSnapshotRequest(target, body, m)
    case "InstallSnapshotResponse":
      return writeSnapshotResponse(target.view, body, m)
  }
}

/** Writes all of the header but the length, which only the end of the message tells, and both ids. */
const writeHeader = (
  view: DataView,
  at: number,
  layout: MessageLayout,
  group: GroupId,
  from: ServerId,
  incarnation: Incarnation,
  to: ServerId,
  term: Term,
  sequence: Sequence
): number => {
  invariant(group >>> 0 === group, "a group is an unsigned 32-bit integer")
  // Version, kind and both lengths are a byte each, in this order.
  view.setUint32(at, (wireVersion << 24) | (layout.kind << 16) | (from.length << 8) | to.length)
  view.setUint32(at + headerAt.group, group)
  setSafe(view, at + headerAt.incarnation, incarnation)
  setSafe(view, at + headerAt.term, term)
  setSafe(view, at + headerAt.sequence, sequence)
  return writeServerId(view, writeServerId(view, at + headerBytes, from), to)
}

/** Writes the entries from `at` on and their length into the last field of the body, right before them. */
const writeRun = (target: Target, at: number, request: AppendEntriesRequest): number => {
  assertContinuesLog(request)
  const end = writeEntries(target, at, request.entries)
  target.view.setUint32(at - u32Bytes, end - at)
  return end
}

/** What a receiver would refuse, a sender must not say: the twin of the checks in `readEntries`. */
const assertContinuesLog = (request: AppendEntriesRequest): void => {
  let index: number = request.prevLogIndex
  let lastTerm = request.prevLogTerm
  let lastTime = 0
  for (const entry of request.entries) {
    index++
    invariant(entry.index === index, "entries of a message are contiguous")
    invariant(entry.term >= lastTerm, "terms never fall along the log")
    invariant(entry.time >= lastTime, "log time never falls")
    lastTerm = entry.term
    lastTime = entry.time
  }
  invariant(lastTerm <= request.term, "no entry is of a later term than its leader's")
}

const entriesLength = (request: AppendEntriesRequest): number => {
  let length = 0
  for (const entry of request.entries) length += encodedEntryLength(entry)
  return length
}
