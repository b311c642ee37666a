/**
 * Log replication, the receiver's side and the answers (§5.3, Figure 2
 * "AppendEntries RPC").
 *
 * TLA+: HandleAppendEntriesRequest, HandleAppendEntriesResponse. `step` has
 * applied the term rule and answered requests of an older term, so whatever
 * arrives here carries exactly our term. Appends are made in `appendEntries.ts`.
 */
import { advanceCommitIndex, learnCommitIndex } from "./commit.ts"
import type { Entry } from "./entry.ts"
import type { PeerUnreachable } from "./event.ts"
import { followLeader, hear } from "./heartbeat.ts"
import { type LogIndex, logIndex, term } from "./ids.ts"
import { handleChunkLost } from "./installSnapshot.ts"
import { invariant } from "./invariant.ts"
import * as Log from "./log/log.ts"
import type { AppendEntriesAccepted, AppendEntriesRefused, AppendEntriesRequest } from "./message.ts"
import type { Output } from "./output.ts"
import * as Progress from "./progress.ts"
import { withProgress } from "./role.ts"
import { type Server, withReplicated } from "./server.ts"
import { responseHeader, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId, type Issued, latestWriteId, writeLog } from "./writes.ts"

/** TLA+: HandleAppendEntriesRequest. */
export const handleAppendEntriesRequest = (server: Server, request: AppendEntriesRequest): Transition => {
  invariant(request.term === server.currentTerm, "the term rule of §5.1 ran first")

  // Even a request we must refuse proves that the leader of this term is alive.
  const role = followLeader(server, request.from)

  if (!matchesAt(server, request)) {
    return [{ ...server, role }, [send(refusal(server, request), hardStateWriteId(server))]]
  }

  const matchIndex = logIndex(request.prevLogIndex + request.entries.length)
  const { leaderCommit } = request
  // Beyond the match, this log may still hold what the leader's does not.
  const commitIndex = learnCommitIndex(
    server.commitIndex,
    leaderCommit < matchIndex ? leaderCommit : matchIndex
  )
  const { apply, lastSequence } = server
  const issued = mergeEntries(server, request.entries)
  if (issued === undefined) {
    const { log, writes } = server
    const next = withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
    return [next, [acknowledge(next, request, matchIndex)]]
  }
  const { log, write, writes } = issued
  const next = withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
  return [next, [write, acknowledge(next, request, matchIndex)]]
}

/** The consistency check. What a snapshot covers is committed, so it agrees with any leader's log. */
const matchesAt = ({ log }: Server, { prevLogIndex, prevLogTerm }: AppendEntriesRequest): boolean =>
  prevLogIndex < log.lastIncludedIndex || Log.termAt(log, prevLogIndex) === prevLogTerm

/**
 * Keeps what already agrees and writes from the first difference on.
 *
 * Truncating at `prevLogIndex` every time looks equivalent but loses data: a
 * delayed duplicate would drop entries this server has acknowledged and the
 * leader may have counted towards a majority.
 */
const mergeEntries = (server: Server, entries: ReadonlyArray<Entry>): Issued | undefined => {
  const { log } = server
  const first = entries[0]
  if (first === undefined) return undefined

  let position = 0
  if (first.index <= log.lastIndex) {
    while (position < entries.length && agrees(log, entries[position]!)) position++
  }
  if (position === entries.length) return undefined

  const fresh = position === 0 ? entries : entries.slice(position)
  const from = fresh[0]!.index
  return writeLog(server, { truncateFrom: from <= log.lastIndex ? from : undefined, entries: fresh })
}

/** §5.3: same index and term, same entry. */
const agrees = (log: Log.Log, entry: Entry): boolean =>
  entry.index <= log.lastIncludedIndex || Log.termAt(log, entry.index) === entry.term

/**
 * Waits for the latest write issued, even when this request added nothing: a
 * duplicate must not confirm what its first copy is still writing.
 */
const acknowledge = (server: Server, request: AppendEntriesRequest, matchIndex: LogIndex): Output =>
  send(
    {
      _tag: "AppendEntriesAccepted",
      group: server.self.group,
      from: server.self.id,
      incarnation: server.self.incarnation,
      to: request.from,
      term: server.currentTerm,
      sequence: request.sequence,
      matchIndex
    },
    latestWriteId(server)
  )

/** Says where this log differs: the whole term at the end of the common reach (end of §5.3). */
const refusal = (server: Server, request: AppendEntriesRequest): AppendEntriesRefused => {
  const { log } = server
  const reach = logIndex(Math.min(request.prevLogIndex, log.lastIndex))
  return {
    _tag: "AppendEntriesRefused",
    ...responseHeader(server, request),
    prevLogIndex: request.prevLogIndex,
    conflictTerm: Log.termAt(log, reach)!,
    conflictIndex: reach === log.lastIncludedIndex ? logIndex(reach + 1) : Log.firstIndexOfTermAt(log, reach),
    lastLogIndex: log.lastIndex
  }
}

/** Answers a leader of an older term: the header's term is the whole message, `conflictIndex` 0 says so. */
export const refuseOldTerm = (server: Server, request: AppendEntriesRequest): Output =>
  send(
    {
      _tag: "AppendEntriesRefused",
      ...responseHeader(server, request),
      prevLogIndex: request.prevLogIndex,
      conflictTerm: term(0),
      conflictIndex: logIndex(0),
      lastLogIndex: logIndex(0)
    },
    hardStateWriteId(server)
  )

/** TLA+: HandleAppendEntriesResponse, success: "update nextIndex and matchIndex for follower". */
export const handleAppendEntriesAccepted = (server: Server, response: AppendEntriesAccepted): Transition => {
  const { role } = server
  if (role._tag !== "Leader") return unchanged(server)
  invariant(response.matchIndex <= server.log.lastIndex, "LeaderAppendOnly")

  const position = Progress.positionOfAnswer(role.progress, response.from, response.sequence)
  const progress = role.progress[position]
  if (progress === undefined) return unchanged(server)
  const next = Progress.accepted(progress, response.matchIndex, response.sequence)
  if (next === progress) return unchanged(hear(server, role, position, response.sequence))
  return unchanged(advanceCommitIndex(server, role, Progress.replaced(role.progress, position, next)))
}

/** TLA+: HandleAppendEntriesResponse, failure: backs up by a whole term of the follower's log at once. */
export const handleAppendEntriesRefused = (server: Server, response: AppendEntriesRefused): Transition => {
  const { role } = server
  if (role._tag !== "Leader" || response.conflictIndex === 0) return unchanged(server)
  const position = Progress.positionOfAnswer(role.progress, response.from, response.sequence)
  const before = role.progress[position]
  if (before === undefined) return unchanged(server)
  const progress = Progress.heard(before, response.sequence)
  const heard = { ...server, role: withProgress(role, Progress.replaced(role.progress, position, progress)) }
  // A late refusal: what it says is missing has been acknowledged since, or is being sent as a snapshot.
  if (response.prevLogIndex <= progress.matchIndex || progress.mode === "Snapshot") return unchanged(heard)

  const hinted = nextIndexAfter(server.log, response)
  const isNews = hinted < progress.nextIndex
  if (progress.mode === "Probe" && !isNews) return unchanged(heard)
  const nextIndex = isNews ? hinted : progress.nextIndex
  const probing = Progress.probeFrom(progress, nextIndex, false)
  return unchanged({
    ...server,
    role: withProgress(role, Progress.replaced(role.progress, position, probing))
  })
}

/**
 * Where the logs can still agree: at or before the last entry here whose term
 * is not above the follower's conflicting one. If that term is the same, the
 * entry itself may match; if it is older, the follower's whole term is wrong.
 */
const nextIndexAfter = (
  log: Log.Log,
  { conflictIndex, conflictTerm, ...response }: AppendEntriesRefused
): LogIndex => {
  const reach = logIndex(Math.min(response.prevLogIndex, response.lastLogIndex))
  // The follower's log ends where this one has forgotten its own: only a snapshot can help.
  if (reach < log.lastIncludedIndex) return logIndex(reach + 1)
  const candidate = Log.lastIndexWithTermAtMost(log, reach, conflictTerm)
  const next = logIndex(candidate + 1)
  return Log.termAt(log, candidate) === conflictTerm || next <= conflictIndex ? next : conflictIndex
}

/** A request to a peer, or its answer, was lost: probe again from there, at the next heartbeat round. */
export const handlePeerUnreachable = (server: Server, event: PeerUnreachable): Server => {
  const { role } = server
  if (role._tag !== "Leader") return server
  const position = Progress.positionOf(role.progress, event.peer)
  const progress = role.progress[position]
  if (progress === undefined) return server
  if (progress.mode === "Snapshot") {
    return handleChunkLost(server, role, { peer: progress, number: event.sequence })
  }
  const lost = Progress.findInflight(progress, event.sequence)
  if (lost === undefined) return server
  const probing = Progress.probeFrom(progress, lost.from, true)
  return { ...server, role: withProgress(role, Progress.replaced(role.progress, position, probing)) }
}
