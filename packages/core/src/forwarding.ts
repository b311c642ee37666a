/**
 * Commands on their way from another server to its leader's log (§8: clients
 * may reach any server).
 *
 * A request names the term whose leader it is meant for, and is appended in that
 * term or never. Its sender repeats it under the same number until it is
 * answered; whoever led that term remembers what it took, for as long as it
 * lives and leads no other, and says the same to every copy. So a command is
 * appended at most once, and "nowhere" is only said when no copy can change it.
 * It is never forwarded again.
 */
import { commandBytes } from "./entry.ts"
import type { Proposal } from "./event.ts"
import type { Forwarder, Forwards, OpenForward, Verdict } from "./forwards.ts"
import { logIndex, sequence, type ServerId, writeId } from "./ids.ts"
import type { ForwardedProposal, ForwardProposalsRequest, ForwardProposalsResponse } from "./message.ts"
import type { AnswerProposals, Output, ProposalAnswer } from "./output.ts"
import { takeProposals } from "./proposals.ts"
import type { Leader } from "./role.ts"
import { leaderId, type Server } from "./server.ts"
import { added, requestHeader, responseHeader, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId } from "./writes.ts"

/** Lives of other servers that one leader takes commands of in its term; more are refused. None is forgotten before the term ends. */
const forwardersMax = 1_024

const withForwards = (server: Server, change: Partial<Forwards>): Server => ({
  ...server,
  reads: { ...server.reads, forwards: { ...server.reads.forwards, ...change } }
})

const answer = (answers: ReadonlyArray<ProposalAnswer>): AnswerProposals => ({
  _tag: "AnswerProposals",
  after: writeId(0),
  answers
})

/** Sends commands to the leader of this term. What is beyond the bounds of one peer's window is refused. */
export const forwardProposals = (
  server: Server,
  leader: ServerId,
  proposals: ReadonlyArray<Proposal>
): Transition => {
  const { now, self } = server
  const { heartbeatInterval, proposalTimeout } = self.options
  const open = [...server.reads.forwards.open]
  const outputs: Array<Output> = []
  let lastSequence = server.lastSequence
  let start = 0
  while (start < proposals.length && hasRoom(server, open, leader)) {
    const end = endOfBatch(proposals, start, self.options.appendBytesMax)
    lastSequence = sequence(lastSequence + 1)
    const forward: OpenForward = {
      sequence: lastSequence,
      leader,
      leaderTerm: server.currentTerm,
      proposals: proposals.slice(start, end),
      retryAt: now + heartbeatInterval,
      deadline: now + proposalTimeout
    }
    open.push(forward)
    outputs.push(requestFor(server, open, forward))
    start = end
  }
  const refused = proposals.slice(start).map(({ id }): ProposalAnswer => ({ _tag: "Overloaded", id }))
  return [
    withForwards({ ...server, lastSequence }, { open }),
    refused.length === 0 ? outputs : [...outputs, answer(refused)]
  ]
}

const bytesOf = (proposals: ReadonlyArray<Proposal>): number =>
  proposals.reduce((bytes, { command }) => bytes + commandBytes(command), 0)

const hasRoom = ({ self }: Server, open: ReadonlyArray<OpenForward>, leader: ServerId): boolean => {
  const { inflightBytesMax, inflightMessagesMax } = self.options
  const toLeader = open.filter((forward) => forward.leader === leader)
  const bytes = toLeader.reduce((sum, { proposals }) => sum + bytesOf(proposals), 0)
  return toLeader.length < inflightMessagesMax && bytes < inflightBytesMax
}

/** As many as fit one message, but at least one. */
const endOfBatch = (proposals: ReadonlyArray<Proposal>, start: number, bytesMax: number): number => {
  let bytes = commandBytes(proposals[start]!.command)
  let end = start + 1
  while (end < proposals.length) {
    bytes += commandBytes(proposals[end]!.command)
    if (bytes > bytesMax) return end
    end++
  }
  return end
}

const requestFor = (server: Server, open: ReadonlyArray<OpenForward>, forward: OpenForward): Output => {
  const { leader, leaderTerm } = forward
  const oldest = open.find((other) => other.leader === leader && other.leaderTerm === leaderTerm)
  const request: ForwardProposalsRequest = {
    _tag: "ForwardProposalsRequest",
    ...requestHeader(server, leader, forward.sequence),
    leaderTerm,
    firstOpen: oldest?.sequence ?? forward.sequence,
    proposals: forward.proposals.map(({ command, kind = "Command" }): ForwardedProposal => ({
      kind,
      command
    }))
  }
  return send(request, hardStateWriteId(server))
}

/** Commands of a peer, for the log of this server as the leader of the term they name. */
export const handleForwardProposalsRequest = (
  server: Server,
  request: ForwardProposalsRequest
): Transition => {
  const { role } = server
  return role._tag === "Leader" && request.leaderTerm === server.currentTerm
    ? takeForwarded(server, role, request)
    : [server, [answerForwardProposals(server, request)]]
}

/** What a server says that does not lead the term a request names, or not any more. */
export const answerForwardProposals = (server: Server, request: ForwardProposalsRequest): Output =>
  respond(server, request, verdictOf(server, request))

const verdictOf = (server: Server, request: ForwardProposalsRequest): Verdict => {
  const { taken } = server.reads.forwards
  // It did not lead that term, or took nothing of it; and it leads it no more.
  if (request.leaderTerm > taken.term) return nowhere
  // What an earlier life took, or an earlier leadership, it does not know any more.
  if (request.leaderTerm < taken.term || !taken.isKnown) return unknown
  const forwarder = taken.forwarders.find((life) => isOf(life, request))
  return known(forwarder, request) ?? nowhere
}

const nowhere: Verdict = { outcome: "NotLeader", firstIndex: logIndex(0), count: 0 }
const unknown: Verdict = { outcome: "Unknown", firstIndex: logIndex(0), count: 0 }
const overloaded: Verdict = { outcome: "Taken", firstIndex: logIndex(0), count: 0 }

const isOf = (life: Forwarder, { from, incarnation }: ForwardProposalsRequest): boolean =>
  life.id === from && life.incarnation === incarnation

const known = (forwarder: Forwarder | undefined, request: ForwardProposalsRequest): Verdict | undefined => {
  if (forwarder === undefined) return undefined
  // A late copy of what its sender waits for no more: it may have been taken, and must not be again.
  if (request.sequence < forwarder.firstOpen) return unknown
  return forwarder.answered.find(({ sequence }) => sequence === request.sequence)?.verdict
}

/** Each copy of a request is told what the first was; only the first is appended. */
const takeForwarded = (server: Server, leader: Leader, request: ForwardProposalsRequest): Transition => {
  const { taken } = server.reads.forwards
  const forwarders = taken.term === server.currentTerm ? taken.forwarders : []
  const before = forwarders.find((life) => isOf(life, request))
  const copied = known(before, request)
  if (copied !== undefined) return [server, [respond(server, request, copied)]]
  if (before === undefined && forwarders.length >= forwardersMax) {
    return [server, [respond(server, request, overloaded)]]
  }

  const proposals = request.proposals.map((proposal, id) => ({ id, ...proposal }))
  const [next, writes, answers] = takeProposals(server, leader, proposals)
  const first = answers[0]
  const verdict: Verdict = {
    outcome: "Taken",
    firstIndex: first?._tag === "Appended" ? first.index : logIndex(0),
    count: answers.filter(({ _tag }) => _tag === "Appended").length
  }
  const others = forwarders.filter((life) => life !== before)
  const life = remembered(before, request, verdict)
  return [
    withForwards(next, { taken: { term: server.currentTerm, isKnown: true, forwarders: [...others, life] } }),
    added(writes, respond(next, request, verdict))
  ]
}

const remembered = (
  before: Forwarder | undefined,
  { firstOpen, from, incarnation, sequence }: ForwardProposalsRequest,
  verdict: Verdict
): Forwarder => {
  const answered = (before?.answered ?? []).filter((request) => request.sequence >= firstOpen)
  return {
    id: from,
    incarnation,
    firstOpen: (before?.firstOpen ?? 0) > firstOpen ? before!.firstOpen : firstOpen,
    answered: [...answered, { sequence, verdict }]
  }
}

const respond = (server: Server, request: ForwardProposalsRequest, verdict: Verdict): Output => {
  const response: ForwardProposalsResponse = {
    _tag: "ForwardProposalsResponse",
    ...responseHeader(server, request),
    asker: request.incarnation,
    ...verdict
  }
  return send(response, hardStateWriteId(server))
}

/** Where the commands stand, or that they stand nowhere: whatever has become of that leader since. */
export const handleForwardProposalsResponse = (
  server: Server,
  response: ForwardProposalsResponse
): Transition => {
  // What an earlier life asked, under the same number, was something else.
  if (response.asker !== server.self.incarnation) return unchanged(server)
  const { open } = server.reads.forwards
  const forward = open.find(
    ({ leader, sequence }) => leader === response.from && sequence === response.sequence
  )
  if (forward === undefined) return unchanged(server)
  return [
    withForwards(server, { open: open.filter((other) => other !== forward) }),
    [answer(answersTo(server, forward, response))]
  ]
}

const answersTo = (
  server: Server,
  { leaderTerm, proposals }: OpenForward,
  { count, firstIndex, outcome }: ForwardProposalsResponse
): ReadonlyArray<ProposalAnswer> => {
  switch (outcome) {
    case "Taken":
      return proposals.map(({ id }, position) =>
        position < count
          ? { _tag: "Appended", id, index: logIndex(firstIndex + position), term: leaderTerm }
          : { _tag: "Overloaded", id }
      )
    case "NotLeader":
      return proposals.map(({ id }) => ({ _tag: "NotLeader", id, leaderId: leaderId(server) }))
    case "Unknown":
      return unanswered(proposals)
  }
}

const unanswered = (proposals: ReadonlyArray<Proposal>): ReadonlyArray<ProposalAnswer> =>
  proposals.map(({ id }) => ({ _tag: "Unknown", id }))

/** When a forwarded command is repeated or given up next (ms). */
export const forwardDeadline = ({ reads }: Server): number => {
  let earliest = Infinity
  for (const { deadline, retryAt } of reads.forwards.open) earliest = Math.min(earliest, deadline, retryAt)
  return earliest
}

/**
 * At the end of a turn: asks again where no answer has come, and gives up what
 * has waited long enough.
 *
 * Once another term is known, the leader that was asked may be gone. It is asked
 * on, since only it can tell, but not for longer than an election takes twice.
 */
export const retryForwards = (server: Server): Transition => {
  const { currentTerm, now, reads, self } = server
  const { electionTimeoutMax, heartbeatInterval } = self.options
  const lost: Array<ProposalAnswer> = []
  const due: Array<OpenForward> = []
  const open: Array<OpenForward> = []
  for (const forward of reads.forwards.open) {
    if (forward.deadline <= now) {
      lost.push(...unanswered(forward.proposals))
    } else if (forward.retryAt > now) {
      open.push(forward)
    } else {
      const isLate = forward.leaderTerm < currentTerm
      const deadline = isLate ? Math.min(forward.deadline, now + 2 * electionTimeoutMax) : forward.deadline
      const again = { ...forward, retryAt: now + heartbeatInterval, deadline }
      open.push(again)
      due.push(again)
    }
  }
  const requests = due.map((forward) => requestFor(server, open, forward))
  return [withForwards(server, { open }), lost.length === 0 ? requests : [...requests, answer(lost)]]
}

/** This server hears nobody any more: what was forwarded may have been taken. */
export const abandonForwards = (transition: Transition): Transition => {
  const [server, outputs] = transition
  const { open } = server.reads.forwards
  if (open.length === 0) return transition
  const lost = open.flatMap(({ proposals }) => unanswered(proposals))
  return [withForwards(server, { open: [] }), [...outputs, answer(lost)]]
}

/** Whether proposals may go to the leader instead of being refused, and who that is. */
export const forwardsTo = (server: Server, mayBeForwarded: boolean): ServerId | undefined =>
  mayBeForwarded && server.self.options.forwarding && server.role._tag !== "Leader"
    ? leaderId(server)
    : undefined
