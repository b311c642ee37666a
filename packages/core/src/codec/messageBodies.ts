/**
 * Message bodies from bytes that are known to be there.
 *
 * Every reader is given the header field by field: an object of it costs as
 * much as the rest of a short message.
 */
import * as Ids from "../ids.ts"
import type { Header, HeartbeatResponse, Message } from "../message.ts"
import { getSafe, u32Bytes } from "./bytes.ts"
import { type Decoded, decodeError, ok, unsafeInteger } from "./decodeError.ts"
import { readEntries } from "./entryCodec.ts"
import { readAllowsLease, readPromise, readRound } from "./heartbeatFields.ts"
import { appendNumbersAt, unsafeFault } from "./messageFaults.ts"
import {
  appendAt,
  type MessageLayout,
  messageLayouts,
  readIndexAt,
  refusedAt,
  transferVoteLayout,
  voteAt
} from "./wireFormat.ts"

export const readVoteRequest = (
  view: DataView,
  start: number,
  layout: MessageLayout,
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
  const request = { group, from, incarnation, to, term, sequence, lastLogIndex, lastLogTerm }
  return layout.tag === "PreVoteRequest"
    ? ok({ _tag: "PreVoteRequest", ...request })
    : ok({ _tag: "RequestVoteRequest", ...request, leadershipTransfer: layout === transferVoteLayout })
}

export const readVoteResponse = (
  view: DataView,
  start: number,
  tag: "PreVoteResponse" | "RequestVoteResponse",
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
  return ok({ _tag: tag, group, from, incarnation, to, term, sequence, voteGranted: voteGranted === 1 })
}

export const readAppendEntriesRequest = (
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

export const readAppendEntriesAccepted = (
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

export const readAppendEntriesRefused = (
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

export const readHeartbeatRequest = (
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
  const leaderCommit = Ids.logIndex(getSafe(view, start))
  if (leaderCommit < 0) return unsafeInteger("leaderCommit", start)
  const request = {
    _tag: "HeartbeatRequest",
    group,
    from,
    incarnation,
    to,
    term,
    sequence,
    leaderCommit
  } as const
  const bodyEnd = start + messageLayouts.HeartbeatRequest.bodyBytes
  if (bodyEnd === end) return ok(request)
  const round = readRound(view, bodyEnd, end)
  if (round._tag === "DecodeError") return round
  return ok(round.value === undefined ? request : { ...request, round: round.value })
}

/** The answer to a heartbeat, with the optional fields in `start..end`. */
export const withPromise = (
  view: DataView,
  start: number,
  end: number,
  response: HeartbeatResponse
): Decoded<Message> => {
  const promise = readPromise(view, start, end)
  if (promise._tag === "DecodeError") return promise
  return ok(promise.value === undefined ? response : { ...response, promise: promise.value })
}

/** A question for a read index, with the optional fields in `start..end`. */
export const readReadIndexRequest = (
  view: DataView,
  start: number,
  end: number,
  header: Header
): Decoded<Message> => {
  const allowsLease = readAllowsLease(view, start, end)
  if (allowsLease._tag === "DecodeError") return allowsLease
  return ok({ _tag: "ReadIndexRequest", ...header, allowsLease: allowsLease.value })
}

export const readReadIndexResponse = (
  view: DataView,
  start: number,
  group: Ids.GroupId,
  from: Ids.ServerId,
  incarnation: Ids.Incarnation,
  to: Ids.ServerId,
  term: Ids.Term,
  sequence: Ids.Sequence
): Decoded<Message> => {
  const asker = Ids.incarnation(getSafe(view, start + readIndexAt.asker))
  const readIndex = Ids.logIndex(getSafe(view, start + readIndexAt.readIndex))
  if (asker < 0 || readIndex < 0) return unsafeFault(view, start, readIndexAt)
  return ok({ _tag: "ReadIndexResponse", group, from, incarnation, to, term, sequence, asker, readIndex })
}
