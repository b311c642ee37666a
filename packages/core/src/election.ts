/**
 * Leader election (§5.2) with the election restriction (§5.4.1).
 *
 * TLA+: Timeout, RequestVote, HandleRequestVoteRequest,
 * HandleRequestVoteResponse, BecomeLeader. `step` has applied the term rule, so
 * whatever arrives here carries exactly our term.
 */
import * as Configuration from "./configuration.ts"
import { type LogIndex, logIndex, type ServerId, sequence, term, type Term } from "./ids.ts"
import { invariant } from "./invariant.ts"
import type { RequestVoteRequest, RequestVoteResponse } from "./message.ts"
import type { Output } from "./output.ts"
import * as Progress from "./progress.ts"
import * as Quorum from "./quorum.ts"
import * as Random from "./random.ts"
import type { Candidate, Follower } from "./role.ts"
import { electionTimeout, type Server } from "./server.ts"
import { send, type Transition, unchanged } from "./transition.ts"
import { changeHardState, hardStateWriteId, isStalled, latestWriteId } from "./writes.ts"

/** Steps back: waits a fresh random time before it campaigns. Keeps term and vote. */
export const becomeFollower = (server: Server, leaderId: ServerId | undefined): Server => {
  const next = { ...server, random: Random.next(server.random) }
  return { ...next, role: waitingFor(next, leaderId) }
}

/** A follower that has just heard of its leader, or just begun to wait for one. */
export const waitingFor = (server: Server, leaderId: ServerId | undefined): Follower => ({
  _tag: "Follower",
  leaderId,
  electionDeadline: server.now + electionTimeout(server.random, server.self.options)
})

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
 * Whether this server may campaign: it votes in the configuration, and its
 * storage answers. With a stuck disk it could win and then commit nothing.
 */
const canCampaign = (server: Server): boolean =>
  Configuration.isVoter(server.configuration, server.self.id) && !isStalled(server)

/** The election timeout passed: starts an election, if this server may. TLA+: Timeout. */
export const timeout = (server: Server): Transition => {
  invariant(server.role._tag !== "Leader", "a leader has no election timeout")
  if (!canCampaign(server)) return unchanged(becomeFollower(server, undefined))

  const random = Random.next(server.random)
  const role: Candidate = {
    _tag: "Candidate",
    votes: [],
    electionDeadline: server.now + electionTimeout(random, server.self.options),
    retryAt: server.now + server.self.options.heartbeatInterval,
    sequenceBefore: server.lastSequence
  }
  const voted = changeHardState(server, {
    currentTerm: term(server.currentTerm + 1),
    votedFor: server.self.id
  })
  return requestVotes({ ...voted, random, role }, role)
}

/** Asks again whoever has not answered: a request or its answer may be lost (§5.1 "servers retry RPCs"). */
export const retryVotes = (server: Server, candidate: Candidate): Transition => {
  const role = { ...candidate, retryAt: server.now + server.self.options.heartbeatInterval }
  return requestVotes({ ...server, role }, role)
}

/** TLA+: RequestVote, to every voter that has not answered in this term. */
const requestVotes = (server: Server, candidate: Candidate): Transition => {
  const outputs: Array<Output> = []
  let lastSequence = server.lastSequence
  for (const member of server.configuration.members) {
    if (member.role !== "Voter" || member.id === server.self.id) continue
    if (candidate.votes.some((vote) => vote.from === member.id)) continue
    lastSequence = sequence(lastSequence + 1)
    const request: RequestVoteRequest = {
      _tag: "RequestVoteRequest",
      group: server.self.group,
      from: server.self.id,
      incarnation: server.self.incarnation,
      to: member.id,
      term: server.currentTerm,
      sequence: lastSequence,
      lastLogIndex: server.log.lastIndex,
      lastLogTerm: server.log.lastTerm
    }
    // The request promises our own vote and the log it names: both must be durable.
    outputs.push(send(request, latestWriteId(server)))
  }
  return [{ ...server, lastSequence }, outputs]
}

/** TLA+: HandleRequestVoteRequest. */
export const handleRequestVoteRequest = (server: Server, request: RequestVoteRequest): Transition => {
  invariant(request.term === server.currentTerm, "the term rule of §5.1 ran first")

  const isFree = server.votedFor === undefined || server.votedFor === request.from
  if (!isFree || !isUpToDate(server, request)) return [server, [answerVote(server, request, false)]]
  invariant(server.role._tag === "Follower", "who voted for another is a follower")

  const voted =
    server.votedFor === undefined
      ? changeHardState(server, { currentTerm: server.currentTerm, votedFor: request.from })
      : server
  // Granting a vote grants time as well: a fresh timeout keeps the voter from competing with its choice.
  const waiting = becomeFollower(voted, server.role.leaderId)
  return [waiting, [answerVote(waiting, request, true)]]
}

/** §5.4.1: the later last term wins, then the longer log. */
const isUpToDate = (
  { log }: Server,
  candidate: { readonly lastLogIndex: LogIndex; readonly lastLogTerm: Term }
): boolean =>
  candidate.lastLogTerm > log.lastTerm ||
  (candidate.lastLogTerm === log.lastTerm && candidate.lastLogIndex >= log.lastIndex)

/** A granted vote is a promise and waits for every write; a refusal reveals the term alone. */
export const answerVote = (server: Server, request: RequestVoteRequest, voteGranted: boolean): Output =>
  send(
    {
      _tag: "RequestVoteResponse",
      group: server.self.group,
      from: server.self.id,
      incarnation: server.self.incarnation,
      to: request.from,
      term: server.currentTerm,
      sequence: request.sequence,
      voteGranted
    },
    voteGranted ? latestWriteId(server) : hardStateWriteId(server)
  )

/** TLA+: HandleRequestVoteResponse. */
export const handleRequestVoteResponse = (server: Server, response: RequestVoteResponse): Transition => {
  const { role } = server
  if (role._tag !== "Candidate") return unchanged(server)
  // A refusal of an older term's request may carry this term: it is no answer to this candidacy.
  if (response.sequence <= role.sequenceBefore) return unchanged(server)
  if (role.votes.some((vote) => vote.from === response.from)) return unchanged(server)

  const votes = [...role.votes, { from: response.from, voteGranted: response.voteGranted }]
  return unchanged(countVotes({ ...server, role: { ...role, votes } }))
}

/** Becomes leader once a quorum has voted for it, its own vote counted when durable. */
export const countVotes = (server: Server): Server => {
  const { role, self, writes } = server
  if (role._tag !== "Candidate") return server
  const ownVote = writes.persistedThrough >= writes.hardStateId ? true : undefined
  const outcome = Quorum.voteOutcome(server.configuration, (id) =>
    id === self.id ? ownVote : role.votes.find((vote) => vote.from === id)?.voteGranted
  )
  return outcome === "Won" ? becomeLeader(server) : server
}

/**
 * TLA+: BecomeLeader. Its first heartbeats and probes leave at the end of this
 * turn, when `TimeAdvanced` finds the heartbeat due.
 */
const becomeLeader = (server: Server): Server => {
  invariant(server.votedFor === server.self.id, "a leader voted for itself")
  const { log, now } = server
  return {
    ...server,
    role: {
      _tag: "Leader",
      progress: server.configuration.members
        .filter((member) => member.id !== server.self.id)
        .map((member) => Progress.make(member.id, logIndex(log.lastIndex + 1))),
      heartbeatAt: now,
      electedAt: now,
      electedLogTime: log.lastTime,
      lastIndexBefore: log.lastIndex,
      bytesBefore: log.bytesAppended,
      bytesCommitted: 0
    }
  }
}
