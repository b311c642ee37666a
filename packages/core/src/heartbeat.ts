/**
 * Heartbeats (§5.2): a conversation of its own, apart from AppendEntries.
 *
 * A heartbeat says who leads and what the follower may commit. It proves
 * contact and never match, so no answer to it ever waits for a log write: a
 * follower with a slow disk is not dead.
 */
import { waitingFor } from "./election.ts"
import { learnCommitIndex } from "./commit.ts"
import * as Contact from "./contact.ts"
import * as Freshness from "./freshness.ts"
import type { LogIndex, Sequence, ServerId } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as Lease from "./lease.ts"
import type { HeartbeatRequest, HeartbeatResponse, RoundNews } from "./message.ts"
import type { Output } from "./output.ts"
import * as Progress from "./progress.ts"
import { type Follower, type Leader, withProgress } from "./role.ts"
import { type Server, withReplicated } from "./server.ts"
import { send, type Transition } from "./transition.ts"
import { hardStateWriteId } from "./writes.ts"

export interface Heartbeat {
  readonly to: ServerId
  readonly sequence: Sequence
  /** `min(commitIndex, matchIndex[to])`: what the follower surely stores. */
  readonly leaderCommit: LogIndex
  /** With the heartbeats of a regular round. */
  readonly round: RoundNews | undefined
}

export const heartbeat = (server: Server, { leaderCommit, round, sequence, to }: Heartbeat): Output => {
  const request: HeartbeatRequest = {
    _tag: "HeartbeatRequest",
    group: server.self.group,
    from: server.self.id,
    incarnation: server.self.incarnation,
    to,
    term: server.currentTerm,
    sequence,
    leaderCommit
  }
  return send(round === undefined ? request : { ...request, round }, hardStateWriteId(server))
}

/** The leader of this term lives: whatever this server was, it is its follower and waits for it anew. */
export const followLeader = (server: Server, leaderId: ServerId): Follower => {
  const { now, role, self } = server
  invariant(role._tag !== "Leader", "ElectionSafety")
  const electionTimeout =
    role._tag === "Follower" ? role.electionTimeout : waitingFor(server, leaderId).electionTimeout
  return {
    _tag: "Follower",
    leaderId,
    electionTimeout,
    electionDeadline: now + electionTimeout,
    noVoteBefore: now + self.options.electionTimeoutMin
  }
}

export const handleHeartbeatRequest = (server: Server, request: HeartbeatRequest): Transition => {
  invariant(request.term === server.currentTerm, "the term rule of §5.1 ran first")
  const role = followLeader(server, request.from)
  const commitIndex = learnCommitIndex(server.commitIndex, request.leaderCommit)
  invariant(commitIndex <= server.log.lastIndex, "LeaderCompleteness")
  const { apply, lastSequence, log, writes } = server
  const next = withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
  const { round } = request
  if (round === undefined) return [next, [answerHeartbeat(server, request)]]
  return [
    { ...next, reads: Freshness.noted(server, request, round) },
    [answerHeartbeat(server, request, Lease.promise(server))]
  ]
}

/** A peer follows this leader: it did when the request that it answers arrived. */
export const handleHeartbeatResponse = (server: Server, response: HeartbeatResponse): Server => {
  const { role } = server
  if (role._tag !== "Leader" || !response.accepted) return server
  const position = Progress.positionOfAnswer(role.progress, response.from, response.sequence)
  const heard = hear(server, role, position, response.sequence)
  if (response.promise === undefined || heard.role._tag !== "Leader" || position < 0) return heard
  return { ...heard, role: Lease.pledged(heard, heard.role, response) }
}

/** The peer at this position answered the request `sequence`. */
export const hear = (server: Server, leader: Leader, position: number, sequence: Sequence): Server => {
  const peer = leader.progress[position]
  if (peer === undefined || !Contact.isNews(leader, peer.answered, sequence)) return server
  const { apply, commitIndex, lastSequence, log, writes } = server
  const role = withProgress(
    leader,
    Progress.replaced(leader.progress, position, Progress.heard(peer, sequence))
  )
  return withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
}

/** `promise` is this server's, if the request was a regular heartbeat of the leader it follows. */
export const answerHeartbeat = (server: Server, request: HeartbeatRequest, promise?: number): Output => {
  const response: HeartbeatResponse = {
    _tag: "HeartbeatResponse",
    group: server.self.group,
    from: server.self.id,
    incarnation: server.self.incarnation,
    to: request.from,
    term: server.currentTerm,
    sequence: request.sequence,
    accepted: request.term === server.currentTerm
  }
  return send(promise === undefined ? response : { ...response, promise }, hardStateWriteId(server))
}
