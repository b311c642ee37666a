/**
 * What a leader knows about one peer's log (Figure 2 "Volatile state on
 * leaders"), and how it feeds that peer.
 *
 * - `Probe`: where the logs agree is not known. One append at a time, from
 *   `nextIndex`; then silence until it is answered or the next heartbeat round.
 * - `Replicate`: the logs agree through `nextIndex - 1` unless a message was
 *   lost. Appends are pipelined; `nextIndex` runs ahead of the answers.
 */
import type { LogIndex, Sequence, ServerId } from "./ids.ts"
import { logIndex } from "./ids.ts"
import { invariant } from "./invariant.ts"

/** An append with entries that has not been answered. */
export interface Inflight {
  readonly sequence: Sequence
  readonly from: LogIndex
  readonly through: LogIndex
  readonly bytes: number
  readonly sentAt: number
}

export interface Progress {
  readonly id: ServerId
  readonly mode: "Probe" | "Replicate"
  /** The next entry to send. Always above `matchIndex`. */
  readonly nextIndex: LogIndex
  /** The peer stores everything through here durably. Never falls. */
  readonly matchIndex: LogIndex
  /** Sent and unanswered, oldest first. */
  readonly inflight: ReadonlyArray<Inflight>
  readonly inflightBytes: number
  /** `Probe`: the append is out, wait. */
  readonly paused: boolean
  /** The highest commit index some message told the peer. */
  readonly commitSent: LogIndex
  /** The open `ReadLog` this peer waits for; 0 if none. */
  readonly readId: number
}

const nothing: ReadonlyArray<Inflight> = []

/** A peer whose log is unknown: probed from the end of the leader's (Figure 2: "initialized to leader last log index + 1"). */
export const make = (id: ServerId, nextIndex: LogIndex): Progress => ({
  id,
  mode: "Probe",
  nextIndex,
  matchIndex: logIndex(0),
  inflight: nothing,
  inflightBytes: 0,
  paused: false,
  commitSent: logIndex(0),
  readId: 0
})

/** An append with entries has left. */
export const sent = (progress: Progress, append: Inflight, leaderCommit: LogIndex): Progress => ({
  id: progress.id,
  mode: progress.mode,
  nextIndex: progress.mode === "Replicate" ? logIndex(append.through + 1) : progress.nextIndex,
  matchIndex: progress.matchIndex,
  inflight: progress.inflight.length === 0 ? [append] : [...progress.inflight, append],
  inflightBytes: progress.inflightBytes + append.bytes,
  paused: progress.mode === "Probe",
  commitSent: maxIndex(progress.commitSent, minIndex(leaderCommit, append.through)),
  readId: 0
})

/** The peer's log matches the leader's through `matchIndex`: replicate from there. */
export const accepted = (progress: Progress, matchIndex: LogIndex): Progress => {
  const wasProbing = progress.mode === "Probe"
  if (!wasProbing && matchIndex <= progress.matchIndex) return progress
  const reached = maxIndex(progress.matchIndex, matchIndex)
  const open = wasProbing ? nothing : unanswered(progress.inflight, reached)
  return {
    id: progress.id,
    mode: "Replicate",
    // What a probe carried beyond the match may be lost: only what is acknowledged is skipped.
    nextIndex: wasProbing ? logIndex(reached + 1) : maxIndex(progress.nextIndex, logIndex(reached + 1)),
    matchIndex: reached,
    inflight: open,
    inflightBytes: sum(open),
    paused: false,
    commitSent: progress.commitSent,
    readId: wasProbing ? 0 : progress.readId
  }
}

/** Logs do not agree at `nextIndex - 1`, or something on the way there was lost: probe from `nextIndex`. */
export const probeFrom = (progress: Progress, nextIndex: LogIndex, paused: boolean): Progress => {
  invariant(nextIndex >= 1, "nextIndex is at least 1")
  return {
    ...progress,
    mode: "Probe",
    nextIndex: maxIndex(nextIndex, logIndex(progress.matchIndex + 1)),
    inflight: nothing,
    inflightBytes: 0,
    paused,
    readId: 0
  }
}

const unanswered = (inflight: ReadonlyArray<Inflight>, matchIndex: LogIndex): ReadonlyArray<Inflight> => {
  let answered = 0
  while (answered < inflight.length && inflight[answered]!.through <= matchIndex) answered++
  if (answered === 0) return inflight
  return answered === inflight.length ? nothing : inflight.slice(answered)
}

const sum = (inflight: ReadonlyArray<Inflight>): number => {
  let bytes = 0
  for (const append of inflight) bytes += append.bytes
  return bytes
}

const maxIndex = (left: LogIndex, right: LogIndex): LogIndex => (left > right ? left : right)
const minIndex = (left: LogIndex, right: LogIndex): LogIndex => (left < right ? left : right)
