/**
 * Leader election (§5.2) with the election restriction (§5.4.1).
 *
 * TLA+: Timeout, RequestVote, HandleRequestVoteRequest,
 * HandleRequestVoteResponse, BecomeLeader. `step` has applied the term rule, so
 * whatever arrives here carries exactly our term.
 */
import * as Ballot from "./ballot.ts"
import * as Configuration from "./configuration.ts"
import * as Contact from "./contact.ts"
import { logIndex, type ServerId, term, type Term } from "./ids.ts"
import { invariant } from "./invariant.ts"
import type { RequestVoteRequest, RequestVoteResponse } from "./message.ts"
import { appendNoOp } from "./noOp.ts"
import type { Output } from "./output.ts"
import * as Progress from "./progress.ts"
import * as Random from "./random.ts"
import type { Candidate, Follower, Leader } from "./role.ts"
import { electionTimeout, leaderId, type Server } from "./server.ts"
import * as Settling from "./settling.ts"
import { requestHeader, responseHeader, send, type Transition, unchanged } from "./transition.ts"
import { changeHardState, hardStateWriteId, latestWriteId } from "./writes.ts"

/** Steps back: waits a fresh random time before it campaigns. Keeps term and vote. */
export const becomeFollower = (server: Server, leaderId: ServerId | undefined): Server => {
  const next = { ...server, random: Random.next(server.random) }
  return { ...next, role: waitingFor(next, leaderId) }
}

/** A follower that begins to wait. What it told a leader lately it still holds to, whoever it waits for now. */
export const waitingFor = (server: Server, leaderId: ServerId | undefined): Follower => {
  const { now, role } = server
  const timeout = electionTimeout(server)
  return {
    _tag: "Follower",
    leaderId,
    electionTimeout: timeout,
    electionDeadline: now + timeout,
    noVoteBefore: role._tag === "Follower" ? role.noVoteBefore : now
  }
}

/** Whether this server leads, or was told lately that somebody does. */
export const hasLeader = ({ now, role }: Server): boolean =>
  role._tag === "Leader" || (role._tag === "Follower" && now < role.noVoteBefore)

/**
 * Adopts a newer term (§5.1). TLA+: UpdateTerm.
 *
 * A follower goes on waiting as long as before: only a leader or a granted vote
 * gives time (Figure 2), or a candidate that cannot win would hold up all others.
 */
export const updateTerm = (server: Server, newerTerm: Term): Server => {
  const next = changeHardState(server, { currentTerm: newerTerm, votedFor: undefined })
  return server.role._tag === "Follower"
    ? { ...next, role: { ...server.role, leaderId: undefined } }
    : becomeFollower(next, undefined)
}

/**
 * Starts an election. TLA+: Timeout. As the target of a leadership transfer it
 * says so, and voters that still hear from the old leader answer it (§3.10).
 */
export const campaign = (server: Server, leadershipTransfer: boolean): Transition => {
  const voted = changeHardState(
    { ...server, random: Random.next(server.random) },
    { currentTerm: term(server.currentTerm + 1), votedFor: server.self.id }
  )
  const role: Candidate = { _tag: "Candidate", ...Ballot.open(voted), leadershipTransfer }
  return requestVotes({ ...voted, role }, role)
}

/** Asks again whoever has not answered: a request or its answer may be lost (§5.1 "servers retry RPCs"). */
export const retryVotes = (server: Server, candidate: Candidate): Transition => {
  const role = { ...candidate, retryAt: server.now + server.self.options.heartbeatInterval }
  return requestVotes({ ...server, role }, role)
}

/** TLA+: RequestVote, to every voter that has not answered in this term. */
const requestVotes = (server: Server, candidate: Candidate): Transition => {
  const requests = Ballot.unanswered(server, candidate)
  const outputs = requests.map(({ sequence, to }): Output => {
    const request: RequestVoteRequest = {
      _tag: "RequestVoteRequest",
      ...requestHeader(server, to, sequence),
      lastLogIndex: server.log.lastIndex,
      lastLogTerm: server.log.lastTerm,
      leadershipTransfer: candidate.leadershipTransfer
    }
    // The request promises our own vote and the log it names: both must be durable.
    return send(request, latestWriteId(server))
  })
  return [{ ...server, lastSequence: requests.at(-1)?.sequence ?? server.lastSequence }, outputs]
}

/**
 * Whether a request for a vote comes too soon (§4.2.3 of the thesis, §6 of the
 * paper): this server leads, or has heard from a leader within the shortest
 * election timeout, or has just started and may have heard from one before.
 * Whoever campaigns now would unseat a leader that works.
 */
export const isTooSoon = (server: Server, request: RequestVoteRequest): boolean =>
  server.self.options.checkQuorum && !request.leadershipTransfer && hasLeader(server)

/** TLA+: HandleRequestVoteRequest. */
export const handleRequestVoteRequest = (server: Server, request: RequestVoteRequest): Transition => {
  invariant(request.term === server.currentTerm, "the term rule of §5.1 ran first")

  const isFree = Ballot.hasVote(server) && (server.votedFor === undefined || server.votedFor === request.from)
  if (!isFree || isTooSoon(server, request) || !Ballot.isUpToDate(server, request)) {
    return [server, [answerVote(server, request, false)]]
  }
  // Asking whether it could win has cost nobody a vote: a pre-candidate still has its own to give, or gave it before.
  invariant(
    server.role._tag === "Follower" || server.role._tag === "PreCandidate",
    "who votes for another neither leads nor campaigns"
  )

  const voted =
    server.votedFor === undefined
      ? changeHardState(server, { currentTerm: server.currentTerm, votedFor: request.from })
      : server
  // Granting a vote grants time as well: a fresh timeout keeps the voter from competing with its choice.
  const waiting = becomeFollower(voted, leaderId(server))
  return [waiting, [answerVote(waiting, request, true)]]
}

/** A granted vote is a promise and waits for every write; a refusal reveals the term alone. */
export const answerVote = (server: Server, request: RequestVoteRequest, voteGranted: boolean): Output =>
  send(
    {
      _tag: "RequestVoteResponse",
      ...responseHeader(server, request),
      voteGranted
    },
    voteGranted ? latestWriteId(server) : hardStateWriteId(server)
  )

/** TLA+: HandleRequestVoteResponse. A refusal of an older term's request may carry this term: it is no answer. */
export const handleRequestVoteResponse = (server: Server, response: RequestVoteResponse): Transition => {
  const { role } = server
  if (role._tag !== "Candidate") return unchanged(server)
  const votes = Ballot.withVote(role, response)
  return votes === undefined ? unchanged(server) : countVotes({ ...server, role: { ...role, votes } })
}

/** Becomes leader once a quorum has voted for it, its own vote counted when durable. */
export const countVotes = (server: Server): Transition => {
  const { role, writes } = server
  if (role._tag !== "Candidate") return unchanged(server)
  const ownVote = writes.persistedThrough >= writes.hardStateId ? true : undefined
  return Ballot.outcome(server, role, ownVote) === "Won" ? becomeLeader(server) : unchanged(server)
}

/**
 * TLA+: BecomeLeader. Its first heartbeats and probes leave at the end of this
 * turn, when `TimeAdvanced` finds the heartbeat due.
 */
const becomeLeader = (server: Server): Transition => {
  invariant(server.votedFor === server.self.id, "a leader voted for itself")
  const { log, now } = server
  const role: Leader = {
    _tag: "Leader",
    progress: Configuration.servers(server.configuration)
      .filter(({ id }) => id !== server.self.id)
      .map(({ id }) => Progress.make(id, logIndex(log.lastIndex + 1), server.lastSequence)),
    tenure: {
      electedAt: now,
      logTime: log.lastTime,
      lastIndexBefore: log.lastIndex,
      bytesBefore: log.bytesAppended
    },
    heartbeatAt: now,
    bytesCommitted: 0,
    contact: Contact.begin(server),
    transfer: undefined,
    reads: { waiting: [], rounds: [] },
    mayBeSucceeded: false,
    settling: Settling.begin(server, [])
  }
  const leading = { ...server, role }
  return server.self.options.noOp || Settling.isUnfinished(server)
    ? appendNoOp(leading, role)
    : unchanged(leading)
}
