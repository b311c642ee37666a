/**
 * PreVote (thesis §9.6): before a server raises its term, it asks whether it
 * could win, so that one that cannot does not unseat a working leader when it
 * comes back.
 *
 * A request carries the term its sender *would* campaign in; nobody adopts it.
 * An answer carries the answerer's own, and granting one promises nothing: it
 * changes no state at all. An answer counts only for the attempt it echoes.
 */
import * as Ballot from "./ballot.ts"
import { becomeFollower, campaign, hasLeader } from "./election.ts"
import { term } from "./ids.ts"
import { invariant } from "./invariant.ts"
import type { PreVoteRequest, PreVoteResponse } from "./message.ts"
import type { Output } from "./output.ts"
import * as Random from "./random.ts"
import type { PreCandidate } from "./role.ts"
import type { Server } from "./server.ts"
import { requestHeader, responseHeader, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId } from "./writes.ts"

/** The election timeout passed: asks for an election or, without PreVote, starts one. */
export const timeout = (server: Server): Transition => {
  invariant(server.role._tag !== "Leader", "a leader has no election timeout")
  if (!Ballot.canCampaign(server)) return unchanged(becomeFollower(server, undefined))
  return server.self.options.preVote ? becomePreCandidate(server) : campaign(server, false)
}

const becomePreCandidate = (server: Server): Transition => {
  const drawn = { ...server, random: Random.next(server.random) }
  const role: PreCandidate = { _tag: "PreCandidate", ...Ballot.open(drawn) }
  // Alone in its configuration, a server needs nobody's opinion.
  return Ballot.outcome(drawn, role, true) === "Won"
    ? campaign(server, false)
    : requestPreVotes({ ...drawn, role }, role)
}

/** Asks again whoever has not answered. */
export const retryPreVotes = (server: Server, preCandidate: PreCandidate): Transition => {
  const role = { ...preCandidate, retryAt: server.now + server.self.options.heartbeatInterval }
  return requestPreVotes({ ...server, role }, role)
}

const requestPreVotes = (server: Server, preCandidate: PreCandidate): Transition => {
  const requests = Ballot.unanswered(server, preCandidate)
  const outputs = requests.map(({ sequence, to }): Output => {
    const request: PreVoteRequest = {
      _tag: "PreVoteRequest",
      ...requestHeader(server, to, sequence),
      term: term(server.currentTerm + 1),
      lastLogIndex: server.log.lastIndex,
      lastLogTerm: server.log.lastTerm
    }
    return send(request, hardStateWriteId(server))
  })
  return [{ ...server, lastSequence: requests.at(-1)?.sequence ?? server.lastSequence }, outputs]
}

/** Granted if the vote itself would be, by log and term, and no leader has been heard of lately. */
export const handlePreVoteRequest = (server: Server, request: PreVoteRequest): Transition => {
  const voteGranted =
    Ballot.hasVote(server) &&
    !hasLeader(server) &&
    request.term > server.currentTerm &&
    Ballot.isUpToDate(server, request)
  const response: PreVoteResponse = {
    _tag: "PreVoteResponse",
    ...responseHeader(server, request),
    voteGranted
  }
  return [server, [send(response, hardStateWriteId(server))]]
}

/** A quorum that would vote for this server: now it campaigns. */
export const handlePreVoteResponse = (server: Server, response: PreVoteResponse): Transition => {
  const { role } = server
  if (role._tag !== "PreCandidate") return unchanged(server)
  const votes = Ballot.withVote(role, response)
  if (votes === undefined) return unchanged(server)
  const counted = { ...role, votes }
  // Its storage may have stopped answering since it asked.
  const campaigns = Ballot.outcome(server, counted, true) === "Won" && Ballot.canCampaign(server)
  return campaigns ? campaign(server, false) : unchanged({ ...server, role: counted })
}
