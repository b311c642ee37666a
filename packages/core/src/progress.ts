/**
 * What a leader knows about one peer's log (Figure 2 "Volatile state on
 * leaders"), and how it feeds that peer.
 *
 * - `Probe`: where the logs agree is not known. One append at a time, from
 *   `nextIndex`; then silence until it is answered or the next heartbeat round.
 * - `Replicate`: the logs agree through `nextIndex - 1` unless a message was
 *   lost. Appends are pipelined; `nextIndex` runs ahead of the answers.
 * - `Snapshot`: the entry at `nextIndex` was compacted, so a snapshot is sent.
 */
import type { LogIndex, Sequence, ServerId } from "./ids.ts"
import { logIndex } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as AppendList from "./log/appendList.ts"
import type { SnapshotTransfer } from "./snapshotTransfer.ts"

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
  readonly mode: "Probe" | "Replicate" | "Snapshot"
  /** The next entry to send. Always above `matchIndex`. */
  readonly nextIndex: LogIndex
  /** The peer stores everything through here durably. Never falls. */
  readonly matchIndex: LogIndex
  /** Sent and unanswered, oldest first. */
  readonly inflight: AppendList.AppendList<Inflight>
  readonly inflightBytes: number
  /** `Probe`: the append is out, wait. */
  readonly paused: boolean
  /** The highest commit index some message told the peer. */
  readonly commitSent: LogIndex
  /** The open `ReadLog` this peer waits for; 0 if none. */
  readonly readId: number
  /** `Snapshot`: how far it has come; `undefined` otherwise. */
  readonly transfer: SnapshotTransfer | undefined
  /**
   * The latest request of this leader that the peer is known to have answered;
   * exact only as far as rounds need it (`contact.ts`).
   */
  readonly answered: Sequence
  /**
   * It joined after this request: an answer to it, or to an earlier one, was
   * given by a former member of the same name.
   */
  readonly sequenceBefore: Sequence
}

const nothing: AppendList.AppendList<Inflight> = AppendList.make()

/** A peer whose log is unknown: probed from the end of the leader's (Figure 2: "initialized to leader last log index + 1"). */
export const make = (id: ServerId, nextIndex: LogIndex, sequenceBefore: Sequence): Progress => ({
  id,
  mode: "Probe",
  nextIndex,
  matchIndex: logIndex(0),
  inflight: nothing,
  inflightBytes: 0,
  paused: false,
  commitSent: logIndex(0),
  readId: 0,
  transfer: undefined,
  answered: 0 as Sequence,
  sequenceBefore
})

/** An append with entries has left. */
export const sent = (progress: Progress, append: Inflight, leaderCommit: LogIndex): Progress => ({
  id: progress.id,
  mode: progress.mode,
  nextIndex: progress.mode === "Replicate" ? logIndex(append.through + 1) : progress.nextIndex,
  matchIndex: progress.matchIndex,
  // A probe takes the place of the one before it, or a dead peer's would pile up round by round.
  inflight: AppendList.append(progress.mode === "Probe" ? nothing : progress.inflight, append),
  inflightBytes: progress.mode === "Probe" ? append.bytes : progress.inflightBytes + append.bytes,
  paused: progress.mode === "Probe",
  commitSent: maxIndex(progress.commitSent, minIndex(leaderCommit, append.through)),
  readId: 0,
  transfer: undefined,
  answered: progress.answered,
  sequenceBefore: progress.sequenceBefore
})

/** A heartbeat that says what is committed has left. */
export const told = (progress: Progress, commitSent: LogIndex): Progress => ({
  id: progress.id,
  mode: progress.mode,
  nextIndex: progress.nextIndex,
  matchIndex: progress.matchIndex,
  inflight: progress.inflight,
  inflightBytes: progress.inflightBytes,
  paused: progress.paused,
  commitSent,
  readId: progress.readId,
  transfer: progress.transfer,
  answered: progress.answered,
  sequenceBefore: progress.sequenceBefore
})

/** The peer answered this request. */
export const heard = (progress: Progress, sequence: Sequence): Progress =>
  sequence > progress.answered ? { ...progress, answered: sequence } : progress

/** The peer's log matches the leader's through `matchIndex`: replicate from there. */
export const accepted = (progress: Progress, matchIndex: LogIndex, sequence: Sequence): Progress => {
  const wasProbing = progress.mode === "Probe"
  if (!wasProbing && matchIndex <= progress.matchIndex) return progress
  const reached = maxIndex(progress.matchIndex, matchIndex)
  const afterReached = logIndex(reached + 1)
  const answered = wasProbing ? AppendList.size(progress.inflight) : countAnswered(progress, reached)
  return {
    id: progress.id,
    mode: "Replicate",
    // What a probe carried beyond the match may be lost: only what is acknowledged is skipped.
    nextIndex: wasProbing ? afterReached : maxIndex(progress.nextIndex, afterReached),
    matchIndex: reached,
    inflight: AppendList.drop(progress.inflight, answered),
    inflightBytes: progress.inflightBytes - bytesOf(progress, answered),
    paused: false,
    commitSent: progress.commitSent,
    readId: wasProbing ? 0 : progress.readId,
    // A snapshot on its way is needed no more, or begun anew where the log does not reach back so far.
    transfer: undefined,
    answered: sequence > progress.answered ? sequence : progress.answered,
    sequenceBefore: progress.sequenceBefore
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
    readId: 0,
    transfer: undefined
  }
}

/** What the peer needs next was compacted: a snapshot is on its way. */
export const sending = (progress: Progress, transfer: SnapshotTransfer): Progress =>
  progress.transfer === transfer
    ? progress
    : {
        id: progress.id,
        mode: "Snapshot",
        nextIndex: progress.nextIndex,
        matchIndex: progress.matchIndex,
        inflight: nothing,
        inflightBytes: 0,
        paused: false,
        commitSent: progress.commitSent,
        readId: 0,
        transfer,
        answered: progress.answered,
        sequenceBefore: progress.sequenceBefore
      }

/** The unanswered append of this number, or the oldest one without a number. */
export const findInflight = (
  { inflight }: Progress,
  sequence: Sequence | undefined
): Inflight | undefined => {
  for (let position = 0; position < AppendList.size(inflight); position++) {
    const append = AppendList.at(inflight, position)!
    if (sequence === undefined || append.sequence === sequence) return append
  }
  return undefined
}

/** Where the peer of this id stands; -1 if it is none. */
export const positionOf = (peers: ReadonlyArray<Progress>, id: ServerId): number => {
  for (let position = 0; position < peers.length; position++) if (peers[position]!.id === id) return position
  return -1
}

/** Where the peer stands that gave this response; -1 if it is none, or a former one of the same name. */
export const positionOfAnswer = (
  peers: ReadonlyArray<Progress>,
  from: ServerId,
  sequence: Sequence
): number => {
  const position = positionOf(peers, from)
  return position >= 0 && sequence > peers[position]!.sequenceBefore ? position : -1
}

export const replaced = (
  peers: ReadonlyArray<Progress>,
  position: number,
  next: Progress
): ReadonlyArray<Progress> => {
  const progress = peers.slice()
  progress[position] = next
  return progress
}

const countAnswered = ({ inflight }: Progress, matchIndex: LogIndex): number => {
  const open = AppendList.size(inflight)
  let answered = 0
  while (answered < open && AppendList.at(inflight, answered)!.through <= matchIndex) answered++
  return answered
}

const bytesOf = ({ inflight }: Progress, count: number): number => {
  let bytes = 0
  for (let position = 0; position < count; position++) bytes += AppendList.at(inflight, position)!.bytes
  return bytes
}

const maxIndex = (left: LogIndex, right: LogIndex): LogIndex => (left > right ? left : right)
const minIndex = (left: LogIndex, right: LogIndex): LogIndex => (left < right ? left : right)
