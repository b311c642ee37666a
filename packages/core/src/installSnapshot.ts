/**
 * InstallSnapshot (§7, Figure 13): a leader's snapshot, in chunks, to a peer
 * that needs what the log has forgotten.
 *
 * Sender, receiver and response. TLA+'s specification has no snapshots. The
 * bytes never become part of a server: the sender orders its driver to read
 * and send them, the receiver orders them stored.
 */
import { advanceCommitIndex, learnCommitIndex } from "./commit.ts"
import { crc32 } from "./crc32.ts"
import { followLeader } from "./heartbeat.ts"
import { logIndex, type Sequence, sequence } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as Log from "./log/log.ts"
import type { InstallSnapshotRequest, InstallSnapshotResponse } from "./message.ts"
import type { ChunkRequest, Output, SendSnapshot } from "./output.ts"
import * as Progress from "./progress.ts"
import { type Leader, withProgress } from "./role.ts"
import type { Server } from "./server.ts"
import type { SnapshotMetadata } from "./snapshot.ts"
import * as Transfer from "./snapshotTransfer.ts"
import { added, responseHeader, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId, latestWriteId, writeChunk } from "./writes.ts"

/** Whether something of the snapshot may be sent now to a peer that needs it. */
export const isSnapshotDue = (server: Server, peer: Progress.Progress): boolean => {
  const transfer = currentTransfer(server, peer)
  if (transfer === undefined || Transfer.mustAsk(transfer)) return true
  return Transfer.canSend(transfer, latestOf(server).size, server.self.options)
}

/** What a pass over the peers has gathered so far. */
interface Pass {
  readonly server: Server
  readonly isRound: boolean
  outputs: ReadonlyArray<Output>
  lastSequence: Sequence
}

/** Orders whatever of the snapshot may be sent to this peer now. */
export const feedSnapshot = (pass: Pass, peer: Progress.Progress): Progress.Progress => {
  const { isRound, server } = pass
  const { now, self } = server
  const snapshot = latestOf(server)
  const { heartbeatInterval } = self.options
  let transfer =
    currentTransfer(server, peer) ?? Transfer.begin(snapshot, self.options, peer.transfer?.answeredAt)
  const isQuestionDue = isRound && Transfer.isSilent(transfer, { heartbeatInterval, now })
  if (isRound) transfer = Transfer.nextRound(transfer)

  while (Transfer.canSend(transfer, snapshot.size, self.options)) {
    const offset = transfer.nextOffset
    const length = Math.min(self.options.chunkBytesMax, snapshot.size - offset)
    order(pass, peer, { snapshot, offset, length })
    const chunk = { sequence: pass.lastSequence, end: offset + length, sentAt: now }
    transfer = Transfer.chunkSent(transfer, chunk)
  }
  if (isQuestionDue || Transfer.mustAsk(transfer)) {
    order(pass, peer, { snapshot, offset: 0, length: 0 })
    transfer = Transfer.asked(transfer, pass.lastSequence)
  }
  return Progress.sending(peer, transfer)
}

/** The peer's transfer, unless the snapshot it is about has been replaced. */
const currentTransfer = (
  server: Server,
  { transfer }: Progress.Progress
): Transfer.SnapshotTransfer | undefined =>
  transfer?.lastIncludedIndex === server.snapshots.latest?.lastIncludedIndex ? transfer : undefined

const latestOf = ({ log, snapshots }: Server): SnapshotMetadata => {
  const { latest } = snapshots
  invariant(latest !== undefined, "only what a snapshot covers is compacted")
  invariant(latest.lastIncludedIndex >= log.lastIncludedIndex, "only what a snapshot covers is compacted")
  return latest
}

interface Part {
  readonly snapshot: SnapshotMetadata
  readonly offset: number
  readonly length: number
}

const order = (pass: Pass, peer: Progress.Progress, { length, offset, snapshot }: Part): void => {
  const { server } = pass
  pass.lastSequence = sequence(pass.lastSequence + 1)
  const request: ChunkRequest = {
    _tag: "InstallSnapshotRequest",
    group: server.self.group,
    from: server.self.id,
    incarnation: server.self.incarnation,
    to: peer.id,
    term: server.currentTerm,
    sequence: pass.lastSequence,
    snapshot,
    offset
  }
  const chunk: SendSnapshot = { _tag: "SendSnapshot", after: hardStateWriteId(server), request, length }
  pass.outputs = added(pass.outputs, chunk)
}

/** The message that a `SendSnapshot` orders, once storage has given the bytes. */
export const withChunk = (request: ChunkRequest, chunk: Uint8Array): InstallSnapshotRequest => ({
  ...request,
  chunk,
  checksum: crc32(chunk)
})

/**
 * Figure 13's receiver. What is installed is one snapshot of one leader, chunk
 * after chunk from the first; anything else is answered with the offset wanted.
 */
export const handleInstallSnapshotRequest = (server: Server, request: InstallSnapshotRequest): Transition => {
  invariant(request.term === server.currentTerm, "the term rule of §5.1 ran first")
  const follower = { ...server, role: followLeader(server, request.from) }
  const { lastIncludedIndex } = request.snapshot

  if (holdsAlready(server, request.snapshot)) {
    const commitIndex = learnCommitIndex(server.commitIndex, lastIncludedIndex)
    const holding = { ...follower, commitIndex, snapshots: { ...server.snapshots, incoming: undefined } }
    return [holding, [answer(holding, request, { nextOffset: 0, installed: true })]]
  }
  const wanted = offsetWanted(server, request)
  if (!isWanted(server, request, wanted)) {
    return [follower, [answer(follower, request, { nextOffset: wanted, installed: false })]]
  }
  return storeChunk(follower, request)
}

/**
 * What is committed here, and a log that agrees at the snapshot's end, need no
 * snapshot: the entries are there, and the suffix after them stays (§7).
 */
const holdsAlready = ({ commitIndex, log }: Server, snapshot: SnapshotMetadata): boolean =>
  snapshot.lastIncludedIndex <= commitIndex ||
  Log.termAt(log, snapshot.lastIncludedIndex) === snapshot.lastIncludedTerm

/** Where the request's transfer goes on; 0 for one that begins, replaces an older one, or comes too late. */
const offsetWanted = ({ snapshots }: Server, { snapshot, term }: InstallSnapshotRequest): number => {
  const { incoming } = snapshots
  const isSame =
    incoming !== undefined &&
    incoming.leaderTerm === term &&
    incoming.lastIncludedIndex === snapshot.lastIncludedIndex &&
    incoming.lastIncludedTerm === snapshot.lastIncludedTerm
  return isSame ? incoming.received : 0
}

const isWanted = (server: Server, request: InstallSnapshotRequest, wanted: number): boolean => {
  const { checksum, chunk, offset, snapshot, term } = request
  const { apply, log, snapshots } = server
  // The state machine takes one snapshot after the other: this one may come again.
  if (apply.lastApplied < log.lastIncludedIndex) return false
  // A late chunk of the transfer that a newer snapshot has replaced.
  const { incoming } = snapshots
  if (incoming?.leaderTerm === term && incoming.lastIncludedIndex > snapshot.lastIncludedIndex) return false
  // A question; of an empty snapshot it is the answer as well.
  if (chunk.length === 0 && snapshot.size > 0) return false
  return offset === wanted && offset + chunk.length <= snapshot.size && crc32(chunk) === checksum
}

/** The last chunk waits for nobody: its write puts the snapshot in place of the whole log, or nothing at all. */
const storeChunk = (server: Server, request: InstallSnapshotRequest): Transition => {
  const { chunk: bytes, offset, snapshot, term } = request
  const { lastIncludedIndex, lastIncludedTerm } = snapshot
  const received = offset + bytes.length
  const isLast = received === snapshot.size
  const { log, write, writes } = writeChunk(server, { snapshot, offset, bytes, isLast })
  if (!isLast) {
    const incoming = { leaderTerm: term, lastIncludedIndex, lastIncludedTerm, received }
    const next = { ...server, log, writes, snapshots: { ...server.snapshots, incoming } }
    return [next, [write, answer(next, request, { nextOffset: received, installed: false })]]
  }

  invariant(lastIncludedIndex > server.commitIndex, "StateMachineSafety")
  const next: Server = {
    ...server,
    log,
    writes,
    commitIndex: lastIncludedIndex,
    // Entries being read back for the state machine are part of what the snapshot replaces.
    apply: { ...server.apply, readId: 0, retryAt: 0 },
    snapshots: {
      latest: snapshot,
      taking: server.snapshots.taking,
      bytesBefore: log.bytesAppended,
      incoming: undefined
    }
  }
  return [next, [write, answer(next, request, { nextOffset: received, installed: true })]]
}

/** What is stored is a promise, and waits for the latest write issued, whichever step issued it. */
const answer = (
  server: Server,
  request: InstallSnapshotRequest,
  outcome: Pick<InstallSnapshotResponse, "nextOffset" | "installed">
): Output =>
  send(
    {
      _tag: "InstallSnapshotResponse",
      ...responseHeader(server, request),
      lastIncludedIndex: request.snapshot.lastIncludedIndex,
      ...outcome
    },
    outcome.installed || outcome.nextOffset > 0 ? latestWriteId(server) : hardStateWriteId(server)
  )

/** Answers a leader of an older term: the header's term is the whole message. */
export const refuseOldSnapshot = (server: Server, request: InstallSnapshotRequest): Output =>
  send(
    {
      _tag: "InstallSnapshotResponse",
      ...responseHeader(server, request),
      lastIncludedIndex: logIndex(0),
      nextOffset: 0,
      installed: false
    },
    hardStateWriteId(server)
  )

/** The peer goes on to the log once it has the snapshot; until then it says which bytes it wants. */
export const handleInstallSnapshotResponse = (
  server: Server,
  response: InstallSnapshotResponse
): Transition => {
  const { role } = server
  // An answer to a leader of an older term, maybe this server in another life: it proves no contact.
  if (role._tag !== "Leader" || response.lastIncludedIndex === 0) return unchanged(server)
  invariant(response.lastIncludedIndex <= server.log.lastIndex, "LeaderAppendOnly")
  const position = Progress.positionOfAnswer(role.progress, response.from, response.sequence)
  const before = role.progress[position]
  if (before === undefined) return unchanged(server)
  const peer = Progress.heard(before, response.sequence)
  const next = response.installed
    ? Progress.accepted(peer, response.lastIncludedIndex, response.sequence)
    : goOn(server, peer, response)
  if (next === before) return unchanged(server)
  return unchanged(advanceCommitIndex(server, role, Progress.replaced(role.progress, position, next)))
}

/** The peer says which bytes it wants, if it is this transfer that it speaks of. */
const goOn = (
  server: Server,
  peer: Progress.Progress,
  response: InstallSnapshotResponse
): Progress.Progress => {
  const transfer = currentTransfer(server, peer)
  if (transfer?.lastIncludedIndex !== response.lastIncludedIndex) return peer
  if (response.nextOffset > latestOf(server).size) return peer
  return Progress.sending(peer, Transfer.answered(transfer, { ...response, now: server.now }))
}

/** Part of a snapshot did not reach the peer: it is asked in the next round where it stands. */
export const handleChunkLost = (
  server: Server,
  leader: Leader,
  { peer, number }: { readonly peer: Progress.Progress; readonly number: Sequence | undefined }
): Server => {
  const { transfer } = peer
  if (transfer === undefined || !Transfer.isInflight(transfer, number)) return server
  const waiting = Progress.sending(peer, Transfer.lost(transfer))
  const progress = leader.progress.map((other) => (other === peer ? waiting : other))
  return { ...server, role: withProgress(leader, progress) }
}
