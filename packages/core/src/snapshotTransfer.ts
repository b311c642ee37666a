/**
 * One snapshot on its way to one peer, as its leader knows it (§7): how far the
 * peer is, and what may be sent to it now.
 *
 * - `Asking`: where the peer stands is not known. One question a heartbeat
 *   round, without bytes, until it answers: a dead peer costs next to nothing.
 * - `Sending`: chunks from `nextOffset` on, a few at a time. A peer that is
 *   silent for a round is asked where it stands; one that refused a chunk, or
 *   was out of reach, is asked in the next round and gets no chunk before.
 */
import type { LogIndex, Sequence } from "./ids.ts"
import type { SnapshotMetadata } from "./snapshot.ts"

/** A chunk that has not been answered. */
export interface ChunkInflight {
  readonly sequence: Sequence
  /** Offset after its last byte. */
  readonly end: number
  readonly sentAt: number
}

export interface SnapshotTransfer {
  readonly lastIncludedIndex: LogIndex
  readonly phase: "Asking" | "Sending"
  /** `Asking`: not before the next round. */
  readonly isPaused: boolean
  /** `Asking`: the first question. What answers anything older is no news: it may be a refusal of the same burst. */
  readonly askedFrom: Sequence | undefined
  /** The next bytes to send. */
  readonly nextOffset: number
  /** Sent and unanswered, oldest first; never more than `inflightChunksMax`. */
  readonly inflight: ReadonlyArray<ChunkInflight>
  /** When the peer last answered (ms); `undefined` if it never has. */
  readonly answeredAt: number | undefined
}

export interface Limits {
  readonly chunkBytesMax: number
  readonly inflightChunksMax: number
}

const nothing: ReadonlyArray<ChunkInflight> = []

/** A snapshot of one chunk is sent unasked: asking would take as long. An empty one is all in the question. */
export const begin = (
  { lastIncludedIndex, size }: SnapshotMetadata,
  { chunkBytesMax }: Limits,
  answeredAt: number | undefined
): SnapshotTransfer => ({
  lastIncludedIndex,
  phase: size > 0 && size <= chunkBytesMax ? "Sending" : "Asking",
  isPaused: false,
  askedFrom: undefined,
  nextOffset: 0,
  inflight: nothing,
  answeredAt
})

/** A heartbeat round may repeat the question. */
export const nextRound = (transfer: SnapshotTransfer): SnapshotTransfer =>
  transfer.isPaused ? { ...transfer, isPaused: false } : transfer

/** Nothing that was sent has been answered for a whole round. */
export const isSilent = (
  { inflight, phase }: SnapshotTransfer,
  { heartbeatInterval, now }: { readonly heartbeatInterval: number; readonly now: number }
): boolean => {
  const oldest = inflight[0]
  return phase === "Sending" && (oldest === undefined || now - oldest.sentAt >= heartbeatInterval)
}

export const mustAsk = ({ isPaused, phase }: SnapshotTransfer): boolean => phase === "Asking" && !isPaused

export const asked = (transfer: SnapshotTransfer, question: Sequence): SnapshotTransfer =>
  transfer.phase === "Asking"
    ? { ...transfer, isPaused: true, askedFrom: transfer.askedFrom ?? question }
    : transfer

/** Whether a chunk may be sent now. */
export const canSend = (
  { inflight, nextOffset, phase }: SnapshotTransfer,
  size: number,
  { inflightChunksMax }: Limits
): boolean => phase === "Sending" && nextOffset < size && inflight.length < inflightChunksMax

export const chunkSent = (transfer: SnapshotTransfer, chunk: ChunkInflight): SnapshotTransfer => ({
  ...transfer,
  nextOffset: chunk.end,
  inflight: [...transfer.inflight, chunk]
})

/** What was on the way is lost: ask at the next round where the peer stands. */
export const lost = (transfer: SnapshotTransfer): SnapshotTransfer => ({
  ...transfer,
  phase: "Asking",
  isPaused: true,
  askedFrom: undefined,
  inflight: nothing
})

/** Whether a chunk of this number is on the way, or any if there is no number. */
export const isInflight = ({ inflight }: SnapshotTransfer, number: Sequence | undefined): boolean =>
  inflight.some(({ sequence }) => number === undefined || sequence === number)

/**
 * The peer stores the bytes before `nextOffset`. A chunk after them that was
 * sent no later than what is answered here was lost or refused.
 */
export const answered = (
  transfer: SnapshotTransfer,
  {
    nextOffset,
    now,
    sequence
  }: { readonly nextOffset: number; readonly now: number; readonly sequence: Sequence }
): SnapshotTransfer => {
  if (transfer.phase === "Asking") {
    if (transfer.askedFrom === undefined || sequence < transfer.askedFrom) return transfer
    return { ...transfer, phase: "Sending", isPaused: false, nextOffset, inflight: nothing, answeredAt: now }
  }
  const inflight = transfer.inflight.filter(({ end }) => end > nextOffset)
  const isLost = inflight.some((chunk) => chunk.sequence <= sequence)
  if (isLost) return { ...lost(transfer), answeredAt: now }
  return { ...transfer, nextOffset: Math.max(transfer.nextOffset, nextOffset), inflight, answeredAt: now }
}
