/**
 * Messages to bytes (docs/wire-format.md, version 1).
 */
import { invariant } from "../invariant.ts"
import type { AppendEntriesRequest, Message } from "../message.ts"
import { u32Bytes, u32Max, writeSafe, writeU32 } from "./bytes.ts"
import { encodedEntryLength, writeEntries } from "./entryCodec.ts"
import { writeServerId } from "./serverIdCodec.ts"
import { allocate } from "./slab.ts"
import {
  appendAt,
  headerAt,
  headerBytes,
  messageLayouts,
  refusedAt,
  voteAt,
  wireVersion
} from "./wireFormat.ts"

/** How many bytes `encodeMessage` gives. */
export const encodedMessageLength = (message: Message): number => {
  const { bodyBytes } = messageLayouts[message._tag]
  const length = headerBytes + message.from.length + message.to.length + bodyBytes
  return message._tag === "AppendEntriesRequest" ? length + entriesLength(message) : length
}

/**
 * The bytes of a message, exactly as many as it takes.
 *
 * They are a view of memory that other messages share: send or decode them, but
 * copy what is kept for long or handed to another thread.
 */
export const encodeMessage = (message: Message): Uint8Array => {
  const target = allocate(encodedMessageLength(message))
  const end = writeMessage(target, 0, message)
  invariant(end === target.length, "a message is as long as announced")
  return target
}

/** Writes a message at `at`, where the caller has made room, and returns where it ends. */
export const writeMessage = (target: Uint8Array, at: number, message: Message): number => {
  invariant(message.group >>> 0 === message.group, "a group is an unsigned 32-bit integer")
  target[at + headerAt.version] = wireVersion
  target[at + headerAt.kind] = messageLayouts[message._tag].kind
  target[at + headerAt.fromLength] = message.from.length
  target[at + headerAt.toLength] = message.to.length
  writeU32(target, at + headerAt.group, message.group)
  writeSafe(target, at + headerAt.incarnation, message.incarnation)
  writeSafe(target, at + headerAt.term, message.term)
  writeSafe(target, at + headerAt.sequence, message.sequence)
  const toStart = writeServerId(target, at + headerBytes, message.from)
  const bodyStart = writeServerId(target, toStart, message.to)
  const end = writeBody(target, bodyStart, message)
  invariant(end <= target.length, "a message fits the room made for it")
  invariant(end - at <= u32Max, "the length of a message fits its field")
  writeU32(target, at + headerAt.length, end - at)
  return end
}

const writeBody = (target: Uint8Array, at: number, message: Message): number => {
  const end = at + messageLayouts[message._tag].bodyBytes
  switch (message._tag) {
    case "RequestVoteRequest":
      writeSafe(target, at + voteAt.lastLogIndex, message.lastLogIndex)
      writeSafe(target, at + voteAt.lastLogTerm, message.lastLogTerm)
      return end
    case "RequestVoteResponse":
      target[at] = message.voteGranted ? 1 : 0
      return end
    case "AppendEntriesRequest":
      writeSafe(target, at + appendAt.prevLogIndex, message.prevLogIndex)
      writeSafe(target, at + appendAt.prevLogTerm, message.prevLogTerm)
      writeSafe(target, at + appendAt.leaderCommit, message.leaderCommit)
      return writeRun(target, end, message)
    case "AppendEntriesAccepted":
      writeSafe(target, at, message.matchIndex)
      return end
    case "AppendEntriesRefused":
      writeSafe(target, at + refusedAt.prevLogIndex, message.prevLogIndex)
      writeSafe(target, at + refusedAt.conflictTerm, message.conflictTerm)
      writeSafe(target, at + refusedAt.conflictIndex, message.conflictIndex)
      writeSafe(target, at + refusedAt.lastLogIndex, message.lastLogIndex)
      return end
    case "HeartbeatRequest":
      writeSafe(target, at, message.leaderCommit)
      return end
    case "HeartbeatResponse":
      return end
  }
}

/** Writes the entries of a request from `at` on and, in the last field of the body before them, their length. */
const writeRun = (target: Uint8Array, at: number, request: AppendEntriesRequest): number => {
  assertContinuesLog(request)
  const end = request.entries.length === 0 ? at : writeEntries(target, at, request.entries)
  writeU32(target, at - u32Bytes, end - at)
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
