/**
 * The bodies of the InstallSnapshot messages (docs/wire-format.md, version 1):
 * the only ones that hold a configuration and bytes of the application's.
 */
import { logIndex, term } from "../ids.ts"
import { invariant } from "../invariant.ts"
import type { Header, InstallSnapshotRequest, InstallSnapshotResponse } from "../message.ts"
import { getSafe, setSafe, type Target, u32Bytes, u32Max } from "./bytes.ts"
import { encodeConfiguration, readConfiguration } from "./configurationCodec.ts"
import { type Decoded, type DecodeError, decodeError, ok, truncated, unsafeInteger } from "./decodeError.ts"
import { snapshotAt, snapshotAnswerAt } from "./wireFormat.ts"

/** Size of what follows the fixed fields: the configuration, then the chunk. */
export const snapshotTailLength = ({ chunk, snapshot }: InstallSnapshotRequest): number =>
  encodeConfiguration(snapshot.configuration).length + chunk.length

/** Writes the body from `at` on and returns where it ends. */
export const writeSnapshotRequest = (target: Target, at: number, request: InstallSnapshotRequest): number => {
  const { bytes, view } = target
  const { checksum, chunk, offset, snapshot } = request
  const configuration = encodeConfiguration(snapshot.configuration)
  invariant(snapshot.lastIncludedTerm <= request.term, "no snapshot is of a later term than its leader's")
  invariant(
    snapshot.configurationIndex <= snapshot.lastIncludedIndex,
    "a snapshot's configuration lies in what it covers"
  )
  invariant(offset + chunk.length <= snapshot.size, "a chunk lies within its snapshot")
  invariant(checksum >>> 0 === checksum, "a checksum is an unsigned 32-bit integer")
  invariant(chunk.length <= u32Max - configuration.length, "the length of a chunk fits its field")
  setSafe(view, at + snapshotAt.lastIncludedIndex, snapshot.lastIncludedIndex)
  setSafe(view, at + snapshotAt.lastIncludedTerm, snapshot.lastIncludedTerm)
  setSafe(view, at + snapshotAt.time, snapshot.time)
  setSafe(view, at + snapshotAt.size, snapshot.size)
  setSafe(view, at + snapshotAt.configurationIndex, snapshot.configurationIndex)
  setSafe(view, at + snapshotAt.offset, offset)
  view.setUint32(at + snapshotAt.checksum, checksum)
  view.setUint32(at + snapshotAt.configurationLength, configuration.length)
  view.setUint32(at + snapshotAt.tailLength, configuration.length + chunk.length)
  const start = at + snapshotAt.tailLength + u32Bytes
  bytes.set(configuration, start)
  bytes.set(chunk, start + configuration.length)
  return start + configuration.length + chunk.length
}

const noBytes = new Uint8Array(0)

const numbers = [
  "lastIncludedIndex",
  "lastIncludedTerm",
  "time",
  "size",
  "configurationIndex",
  "offset"
] as const

/** Reads the body in `start..end`. The chunk is a view of the buffer; the configuration keeps nothing of it. */
export const readSnapshotRequest = (
  view: DataView,
  { end, start }: { readonly start: number; readonly end: number },
  header: Header
): Decoded<InstallSnapshotRequest> => {
  for (const field of numbers) {
    const at = start + snapshotAt[field]
    if (getSafe(view, at) < 0) return unsafeInteger(field, at)
  }
  const configurationStart = start + snapshotAt.tailLength + u32Bytes
  const chunkStart = configurationStart + view.getUint32(start + snapshotAt.configurationLength)
  if (chunkStart > end) {
    const needed = chunkStart - configurationStart
    return truncated("the configuration of a snapshot", { start: configurationStart, end, needed })
  }
  const configuration = readConfiguration(view, configurationStart, chunkStart)
  if (configuration._tag === "DecodeError") return configuration
  const fault = rangeFault(view, { start, length: end - chunkStart, leaderTerm: header.term })
  if (fault !== undefined) return fault
  return ok({
    _tag: "InstallSnapshotRequest",
    ...header,
    snapshot: {
      lastIncludedIndex: logIndex(getSafe(view, start + snapshotAt.lastIncludedIndex)),
      lastIncludedTerm: term(getSafe(view, start + snapshotAt.lastIncludedTerm)),
      time: getSafe(view, start + snapshotAt.time),
      configuration: configuration.value,
      configurationIndex: logIndex(getSafe(view, start + snapshotAt.configurationIndex)),
      size: getSafe(view, start + snapshotAt.size)
    },
    offset: getSafe(view, start + snapshotAt.offset),
    checksum: view.getUint32(start + snapshotAt.checksum),
    // An empty view would keep the whole buffer for nothing.
    chunk: chunkStart === end ? noBytes : new Uint8Array(view.buffer, chunkStart, end - chunkStart)
  })
}

const rangeFault = (
  view: DataView,
  {
    leaderTerm,
    length,
    start
  }: { readonly start: number; readonly length: number; readonly leaderTerm: number }
): DecodeError | undefined => {
  const lastIncludedTerm = getSafe(view, start + snapshotAt.lastIncludedTerm)
  if (lastIncludedTerm > leaderTerm) {
    const text = `lastIncludedTerm is ${lastIncludedTerm}, from a leader of term ${leaderTerm}`
    return decodeError("TermOutOfOrder", start + snapshotAt.lastIncludedTerm, text)
  }
  const lastIncludedIndex = getSafe(view, start + snapshotAt.lastIncludedIndex)
  const configurationIndex = getSafe(view, start + snapshotAt.configurationIndex)
  if (configurationIndex > lastIncludedIndex) {
    const text = `a snapshot through ${lastIncludedIndex} has the configuration of index ${configurationIndex}`
    return decodeError("IndexOutOfOrder", start + snapshotAt.configurationIndex, text)
  }
  const size = getSafe(view, start + snapshotAt.size)
  const chunkEnd = getSafe(view, start + snapshotAt.offset) + length
  if (chunkEnd <= size) return undefined
  const text = `a chunk ends at ${chunkEnd} of a snapshot of ${size} bytes`
  return decodeError("ChunkOutOfRange", start + snapshotAt.offset, text)
}

/** Writes the body from `at` on and returns where it ends. */
export const writeSnapshotResponse = (
  view: DataView,
  at: number,
  response: InstallSnapshotResponse
): number => {
  setSafe(view, at + snapshotAnswerAt.lastIncludedIndex, response.lastIncludedIndex)
  setSafe(view, at + snapshotAnswerAt.nextOffset, response.nextOffset)
  view.setUint8(at + snapshotAnswerAt.installed, response.installed ? 1 : 0)
  return at + snapshotAnswerAt.installed + 1
}

export const readSnapshotResponse = (
  view: DataView,
  start: number,
  header: Header
): Decoded<InstallSnapshotResponse> => {
  const lastIncludedIndex = logIndex(getSafe(view, start + snapshotAnswerAt.lastIncludedIndex))
  const nextOffset = getSafe(view, start + snapshotAnswerAt.nextOffset)
  const installedAt = start + snapshotAnswerAt.installed
  const installed = view.getUint8(installedAt)
  if (lastIncludedIndex < 0) return unsafeInteger("lastIncludedIndex", start)
  if (nextOffset < 0) return unsafeInteger("nextOffset", start + snapshotAnswerAt.nextOffset)
  if (installed > 1) {
    return decodeError("InvalidBoolean", installedAt, `installed is ${installed}, neither 0 nor 1`)
  }
  return ok({
    _tag: "InstallSnapshotResponse",
    ...header,
    lastIncludedIndex,
    nextOffset,
    installed: installed === 1
  })
}
