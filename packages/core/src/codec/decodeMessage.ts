/**
 * Messages from bytes (docs/wire-format.md, version 1). Total: whatever the
 * bytes, the answer is a message or a `DecodeError`, for time and memory in
 * proportion to their number.
 */
import * as Ids from "../ids.ts"
import type { Header, Message } from "../message.ts"
import { getSafe, u32Bytes, viewOf } from "./bytes.ts"
import { type Decoded, ok, relativeTo, truncated } from "./decodeError.ts"
import { readForwardRequest, readForwardResponse } from "./forwardMessage.ts"
import {
  readAppendEntriesAccepted,
  readAppendEntriesRefused,
  readAppendEntriesRequest,
  readHeartbeatRequest,
  readReadIndexRequest,
  readReadIndexResponse,
  readVoteRequest,
  readVoteResponse,
  withPromise
} from "./messageBodies.ts"
import { envelopeFault, frameFault, headerNumbersAt, kindFault, unsafeFault } from "./messageFaults.ts"
import { optionalFieldsFault } from "./optionalFields.ts"
import { readEnvelope } from "./serverIdCodec.ts"
import { readSnapshotRequest, readSnapshotResponse } from "./snapshotMessage.ts"
import { headerAt, headerBytes, heartbeatRefusedLayout, layoutOfKind, wireVersion } from "./wireFormat.ts"

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
  const fixedEnd = bodyStart + layout.bodyBytes
  const varies = isLonger(layout.tag) && fixedEnd <= end
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

  switch (layout.tag) {
    case "PreVoteRequest":
    case "RequestVoteRequest":
      return readVoteRequest(view, bodyStart, layout, group, from, incarnation, to, term, sequence)
    case "PreVoteResponse":
    case "RequestVoteResponse":
      return readVoteResponse(view, bodyStart, layout.tag, group, from, incarnation, to, term, sequence)
    case "AppendEntriesRequest":
      return readAppendEntriesRequest(view, bodyStart, bodyEnd, group, from, incarnation, to, term, sequence)
    case "AppendEntriesAccepted":
      return readAppendEntriesAccepted(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "AppendEntriesRefused":
      return readAppendEntriesRefused(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "ReadIndexResponse":
      return readReadIndexResponse(view, bodyStart, group, from, incarnation, to, term, sequence)
    case "HeartbeatRequest":
      return readHeartbeatRequest(view, bodyStart, end, group, from, incarnation, to, term, sequence)
    case "HeartbeatResponse": {
      const accepted = layout !== heartbeatRefusedLayout
      const response = { _tag: layout.tag, group, from, incarnation, to, term, sequence, accepted } as const
      return bodyEnd === end ? ok(response) : withPromise(view, bodyEnd, end, response)
    }
    case "ForwardProposalsRequest":
    case "ForwardProposalsResponse":
    case "InstallSnapshotRequest":
    case "InstallSnapshotResponse": {
      const header = { group, from, incarnation, to, term, sequence }
      return readSeldom(view, layout.tag, { start: bodyStart, end: bodyEnd }, header)
    }
    case "ReadIndexRequest":
      return readReadIndexRequest(view, bodyEnd, end, { group, from, incarnation, to, term, sequence })
    case "TimeoutNowRequest":
    case "TimeoutNowResponse":
      return ok({ _tag: layout.tag, group, from, incarnation, to, term, sequence })
  }
}

/** Three kinds have a body whose length varies; its last fixed field says by how much. */
const isLonger = (tag: Message["_tag"]): boolean =>
  tag === "AppendEntriesRequest" || tag === "InstallSnapshotRequest" || tag === "ForwardProposalsRequest"

type Seldom = Extract<Message["_tag"], `ForwardProposals${string}` | `InstallSnapshot${string}`>

/** Messages that are long, or seldom, so that an object for their header is nothing. */
const readSeldom = (
  view: DataView,
  tag: Seldom,
  body: { readonly start: number; readonly end: number },
  header: Header
): Decoded<Message> => {
  switch (tag) {
    case "ForwardProposalsRequest":
      return readForwardRequest(view, body, header)
    case "ForwardProposalsResponse":
      return readForwardResponse(view, body.start, header)
    case "InstallSnapshotRequest":
      return readSnapshotRequest(view, body, header)
    case "InstallSnapshotResponse":
      return readSnapshotResponse(view, body.start, header)
  }
}

const byteMax = 0xff
