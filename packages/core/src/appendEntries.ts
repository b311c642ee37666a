/**
 * What a leader sends (§5.3 "replicate", §5.2 "heartbeats"), all of it at the
 * end of a turn.
 *
 * TLA+: AppendEntries. One pass over the peers decides for each: the entries it
 * lacks, within its window; then a heartbeat if a round is due, or if no append
 * could carry a commit index the peer should hear of at once.
 */
import * as Contact from "./contact.ts"
import { heartbeat } from "./heartbeat.ts"
import { type Entry, entryBytes } from "./entry.ts"
import type { LogRead } from "./event.ts"
import * as Freshness from "./freshness.ts"
import { type LogIndex, logIndex, type Sequence, sequence, type ServerId, writeId } from "./ids.ts"
import { feedSnapshot, isSnapshotDue } from "./installSnapshot.ts"
import { invariant } from "./invariant.ts"
import * as AppendList from "./log/appendList.ts"
import * as Log from "./log/log.ts"
import type { RoundNews } from "./message.ts"
import type { Output } from "./output.ts"
import * as Progress from "./progress.ts"
import { type Leader, withProgress } from "./role.ts"
import { type Server, withReplicated } from "./server.ts"
import { added, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId } from "./writes.ts"

/** A pass under construction: counters and outputs grow from peer to peer. */
interface Pass {
  readonly server: Server
  /** Retries are due. */
  readonly isRound: boolean
  /** Every peer is asked for an answer, lacking something or not. */
  readonly asksAll: boolean
  /** Of a round: what its heartbeats say, beside the commit index. */
  readonly newsFor: ((to: ServerId) => RoundNews) | undefined
  outputs: ReadonlyArray<Output>
  lastSequence: Sequence
  lastReadId: number
  /** What the last append carried: a peer at the same place gets the very same. */
  batch: Batch | undefined
}

interface Batch {
  readonly from: LogIndex
  readonly entries: ReadonlyArray<Entry>
  readonly bytes: number
}

const beginPass = (server: Server, isRound: boolean, asksAll: boolean, newsFor: Pass["newsFor"]): Pass => ({
  server,
  isRound,
  asksAll,
  newsFor,
  outputs: [],
  lastSequence: server.lastSequence,
  lastReadId: server.lastReadId,
  batch: undefined
})

/** Sends whatever is due to every peer, and a heartbeat to each if reads wait for answers. */
export const replicate = (server: Server, leader: Leader, hasReads: boolean): Transition => {
  const isRound = server.now >= leader.heartbeatAt
  if (!isRound && !hasReads && !hasSomethingToSend(server, leader)) return unchanged(server)

  const newsFor = isRound ? Freshness.newsOf(server, leader) : undefined
  const pass = beginPass(server, isRound, isRound || hasReads, newsFor)
  const progress = leader.progress.map((peer) => feed(pass, peer))
  const heartbeatAt = isRound ? server.now + server.self.options.heartbeatInterval : leader.heartbeatAt
  const { apply, commitIndex, log, writes } = server
  const { lastReadId, lastSequence } = pass
  const contact = isRound ? Contact.roundSent(server, leader) : leader.contact
  const role = withProgress(leader, progress, heartbeatAt, contact)
  const next = withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
  return [lastReadId === server.lastReadId ? next : { ...next, lastReadId }, pass.outputs]
}

/** Whether a peer lacks entries or a commit index that may be sent to it now. */
export const hasSomethingToSend = (server: Server, leader: Leader): boolean => {
  for (const peer of leader.progress) {
    if (canAppend(server, peer) || commitFor(server, peer) > peer.commitSent) return true
    if (peer.nextIndex <= server.log.lastIncludedIndex && isSnapshotDue(server, peer)) return true
  }
  return false
}

/** What this peer surely stores and may commit. */
const commitFor = ({ commitIndex }: Server, { matchIndex }: Progress.Progress): LogIndex =>
  commitIndex < matchIndex ? commitIndex : matchIndex

const feed = (pass: Pass, before: Progress.Progress): Progress.Progress => {
  const { server } = pass
  let progress =
    before.nextIndex > server.log.lastIncludedIndex ? feedEntries(pass, before) : feedSnapshot(pass, before)

  const commit = commitFor(server, progress)
  if (pass.asksAll || commit > progress.commitSent) {
    const to = progress.id
    const round = pass.newsFor?.(to)
    const beat = heartbeat(server, { to, sequence: nextSequence(pass), leaderCommit: commit, round })
    pass.outputs = added(pass.outputs, beat)
    if (commit > progress.commitSent) progress = Progress.told(progress, commit)
  }
  return progress
}

/** Once per round an unanswered probe is repeated, and a silent pipeline asked whether it lost something. */
const feedEntries = (pass: Pass, before: Progress.Progress): Progress.Progress => {
  const { isRound, server } = pass
  let progress = isRound && before.paused ? { ...before, paused: false } : before
  if (isRound && isSilent(server, progress)) pass.outputs = added(pass.outputs, append(pass, progress, []))
  while (canAppend(server, progress)) progress = appendNext(pass, progress)
  return progress
}

/** A pipeline whose oldest append has been unanswered for a whole round. */
const isSilent = ({ now, self }: Server, { inflight, mode }: Progress.Progress): boolean => {
  const oldest = AppendList.at(inflight, 0)
  return mode === "Replicate" && oldest !== undefined && now - oldest.sentAt >= self.options.heartbeatInterval
}

/** Whether the peer lacks something that may be sent to it now. */
const canAppend = ({ log, self }: Server, progress: Progress.Progress): boolean => {
  if (progress.readId !== 0 || progress.nextIndex <= log.lastIncludedIndex) return false
  if (progress.mode === "Probe") return !progress.paused && progress.matchIndex < log.lastIndex
  return (
    progress.nextIndex <= log.lastIndex &&
    AppendList.size(progress.inflight) < self.options.inflightMessagesMax &&
    progress.inflightBytes < self.options.inflightBytesMax
  )
}

/** TLA+: AppendEntries. The entries from `nextIndex`, or an order to read them back first. */
const appendNext = (pass: Pass, progress: Progress.Progress): Progress.Progress => {
  const { log, self } = pass.server
  if (pass.batch?.from === progress.nextIndex) return appendBatch(pass, progress, pass.batch)

  const range = { from: progress.nextIndex, through: log.lastIndex, bytesMax: self.options.appendBytesMax }
  const entries = Log.entries(log, range)
  if (entries !== Log.NotInMemory) return appendBatch(pass, progress, batchOf(range.from, entries))

  const id = pass.lastReadId + 1
  pass.lastReadId = id
  const through = logIndex(Log.firstInMemory(log) - 1)
  pass.outputs = added(pass.outputs, { _tag: "ReadLog", after: writeId(0), id, ...range, through })
  return { ...progress, readId: id }
}

const batchOf = (from: LogIndex, entries: ReadonlyArray<Entry>): Batch => {
  let bytes = 0
  for (let position = 0; position < entries.length; position++) bytes += entryBytes(entries[position]!)
  return { from, entries, bytes }
}

const appendBatch = (pass: Pass, progress: Progress.Progress, batch: Batch): Progress.Progress => {
  pass.batch = batch
  pass.outputs = added(pass.outputs, append(pass, progress, batch.entries))
  const inflight: Progress.Inflight = {
    sequence: pass.lastSequence,
    from: batch.from,
    through: logIndex(batch.from + batch.entries.length - 1),
    bytes: batch.bytes,
    sentAt: pass.server.now
  }
  return Progress.sent(progress, inflight, pass.server.commitIndex)
}

/** The leader's disk works beside its followers': an append waits for the term, not for the entries it carries. */
const append = (pass: Pass, progress: Progress.Progress, entries: ReadonlyArray<Entry>): Output => {
  const { server } = pass
  const prevLogIndex = logIndex(progress.nextIndex - 1)
  const prevLogTerm = Log.termAt(server.log, prevLogIndex)
  invariant(prevLogTerm !== undefined, "a leader knows the term before what it sends")
  return send(
    {
      _tag: "AppendEntriesRequest",
      group: server.self.group,
      from: server.self.id,
      incarnation: server.self.incarnation,
      to: progress.id,
      term: server.currentTerm,
      sequence: nextSequence(pass),
      prevLogIndex,
      prevLogTerm,
      entries,
      leaderCommit: server.commitIndex
    },
    hardStateWriteId(server)
  )
}

const nextSequence = (pass: Pass): Sequence => {
  pass.lastSequence = sequence(pass.lastSequence + 1)
  return pass.lastSequence
}

/** Entries for a peer came back from storage: they leave at once. */
export const handlePeerRead = (server: Server, leader: Leader, { entries, id }: LogRead): Transition => {
  const pass = beginPass(server, false, false, undefined)
  const progress = leader.progress.map((peer) => {
    if (peer.readId !== id) return peer
    const isWanted = entries[0]?.index === peer.nextIndex && peer.nextIndex > server.log.lastIncludedIndex
    return isWanted ? appendBatch(pass, peer, batchOf(peer.nextIndex, entries)) : { ...peer, readId: 0 }
  })
  return [{ ...server, lastSequence: pass.lastSequence, role: { ...leader, progress } }, pass.outputs]
}

/** A read for a peer failed: probe it again at the next heartbeat round, which reads again. */
export const handlePeerReadFailed = (server: Server, leader: Leader, id: number): Server => {
  const progress = leader.progress.map((peer) =>
    peer.readId === id ? Progress.probeFrom(peer, peer.nextIndex, true) : peer
  )
  return { ...server, role: { ...leader, progress } }
}
