/**
 * Elections (§5.2, §5.4.1), the question before them (thesis §9.6) and
 * leadership that is handed over (thesis §3.10): when each action may happen,
 * and what it does.
 */
import { isQuorum, isVoter } from "./configuration.ts"
import { demand } from "./rejection.ts"
import type { Step } from "./Step.ts"
import type { TracedMessage } from "./traceLine.ts"

/** `Timeout(i)`. The own vote is cast here and not by message. */
export const timeout = (step: Step): void => {
  const { cluster, server } = step
  const rule = "Timeout"
  demand(server.role !== "Leader", rule, "a leader does not campaign")
  demand(mayCampaign(step), rule, "who does not vote does not campaign")
  if (cluster.options.preVote && !step.isToldToCampaign) {
    const configuration = cluster.configurations.inForce(server)
    const would = (id: string) => id === server.id || server.votesGranted.has(id)
    const isAlone = isQuorum(configuration, (id) => id === server.id)
    demand(
      isAlone || (server.role === "PreCandidate" && isQuorum(configuration, would)),
      rule,
      "no quorum has said that it would vote for this server"
    )
  }
  server.role = "Candidate"
  server.currentTerm++
  server.votedFor = server.id
  server.leaderId = null
  server.beginBallot()
}

/** A voter of some configuration that may be the cluster's. */
const mayCampaign = ({ cluster, server }: Step): boolean =>
  cluster.configurations.possible(server).some((configuration) => isVoter(configuration, server.id))

/** Ours: asks whether it could win. */
export const becomePreCandidate = (step: Step): void => {
  const { cluster, server } = step
  const rule = "BecomePreCandidate"
  demand(cluster.options.preVote, rule, "PreVote is off")
  demand(server.role !== "Leader", rule, "a leader does not campaign")
  demand(mayCampaign(step), rule, "who does not vote does not campaign")
  server.role = "PreCandidate"
  server.leaderId = null
  server.beginBallot()
}

/** `RequestVote(i, j)`. */
export const requestVote = (step: Step, to: string): void =>
  ask(step, to, { rule: "RequestVote", tag: "RequestVoteRequest", role: "Candidate", ahead: 0 })

/** Ours: in the term that would come. */
export const requestPreVote = (step: Step, to: string): void =>
  ask(step, to, { rule: "RequestPreVote", tag: "PreVoteRequest", role: "PreCandidate", ahead: 1 })

const ask = (
  step: Step,
  to: string,
  { ahead, role, rule, tag }: { rule: string; tag: string; role: string; ahead: number }
): void => {
  const { cluster, server } = step
  demand(server.role === role, rule, `a ${server.role} asks for no votes`)
  demand(isVoter(cluster.configurations.inForce(server), to), rule, `${to} does not vote`)
  demand(!server.votesResponded.has(to), rule, `${to} has answered`)
  const request = step.send(rule, { tags: [tag], to })
  demand(request.term === server.currentTerm + ahead, rule, "it names another term")
  demand(request.lastLogIndex === server.lastIndex, rule, "it names another end of the log")
  demand(request.lastLogTerm === server.lastTerm, rule, "it names another end of the log")
  server.ballot.add(request.sequence)
}

/** `HandleRequestVoteRequest(i, j, m)`. */
export const handleRequestVoteRequest = (step: Step): void => {
  const { server } = step
  const rule = "HandleRequestVoteRequest"
  const request = step.handle(rule, ["RequestVoteRequest"])
  demand(request.term <= server.currentTerm, rule, "UpdateTerm comes first")
  const isGranted = wouldGrant(step, request)
  const answer = answerTo(step, rule, request, ["RequestVoteResponse"])
  demand(answer.voteGranted === isGranted, rule, isGranted ? "the vote is refused" : "the vote is granted")
  if (!isGranted) return
  demand(server.role !== "Leader", rule, "a leader has voted")
  if (server.role !== "Follower") server.stepDown()
  server.votedFor = request.from
}

const wouldGrant = ({ server }: Step, request: TracedMessage): boolean =>
  request.term === server.currentTerm &&
  server.isUpToDate(request) &&
  (server.votedFor === null || server.votedFor === request.from)

/** Ours (thesis §4.2.3): who hears from a leader gives no vote and takes no term from who asks for one. */
export const refuseRequestVote = (step: Step): void => {
  const { cluster, server } = step
  const rule = "RefuseRequestVote"
  const request = step.handle(rule, ["RequestVoteRequest"])
  demand(cluster.options.checkQuorum, rule, "CheckQuorum is off")
  demand(!request.leadershipTransfer, rule, "the leader itself wants this election")
  demand(request.term >= server.currentTerm, rule, "the request is old")
  demand(server.hasLeader, rule, "no leader has been heard of lately")
  const answer = answerTo(step, rule, request, ["RequestVoteResponse"])
  demand(!answer.voteGranted, rule, "the vote is granted")
}

/** `HandleRequestVoteResponse(i, j, m)`. */
export const handleRequestVoteResponse = (step: Step): void => {
  const { server } = step
  const rule = "HandleRequestVoteResponse"
  const response = step.handle(rule, ["RequestVoteResponse"])
  demand(response.term === server.currentTerm, rule, "it is of another term")
  if (server.role === "Candidate") count(step, response)
}

const count = ({ server }: Step, { from, sequence, voteGranted }: TracedMessage): void => {
  if (!server.ballot.has(sequence) || server.votesResponded.has(from)) return
  server.votesResponded.add(from)
  if (voteGranted) server.votesGranted.add(from)
}

/** Ours: granted by whoever would vote so in the term that would come, and changes nothing. */
export const handlePreVoteRequest = (step: Step): void => {
  const { server } = step
  const rule = "HandlePreVoteRequest"
  const request = step.handle(rule, ["PreVoteRequest"])
  const isGranted = request.term > server.currentTerm && server.isUpToDate(request) && !server.hasLeader
  const answer = answerTo(step, rule, request, ["PreVoteResponse"])
  demand(
    answer.voteGranted === isGranted,
    rule,
    isGranted ? "the answer should be yes" : "the answer should be no"
  )
}

/** Ours. An answer counts for the attempt whose request it names, whatever its term. */
export const handlePreVoteResponse = (step: Step): void => {
  const { server } = step
  const rule = "HandlePreVoteResponse"
  const response = step.handle(rule, ["PreVoteResponse"])
  demand(response.term <= server.currentTerm, rule, "UpdateTerm comes first")
  if (server.role === "PreCandidate") count(step, response)
}

/** `BecomeLeader(i)`. The own vote counts once it is on disk. */
export const becomeLeader = (step: Step): void => {
  const { cluster, server } = step
  const rule = "BecomeLeader"
  const { currentTerm, disk, id } = server
  demand(server.role === "Candidate", rule, `a ${server.role} cannot win`)
  demand(server.votedFor === id, rule, "a leader voted for itself")
  const isOwnDurable = disk.hardState.currentTerm === currentTerm && disk.hardState.votedFor === id
  const has = (voter: string) => (voter === id ? isOwnDurable : server.votesGranted.has(voter))
  demand(isQuorum(cluster.configurations.inForce(server), has), rule, "no quorum has voted for it")
  cluster.elect(server)
  server.role = "Leader"
  server.leaderId = id
  server.matchIndex = new Map()
}

/** `UpdateTerm(i, j, m)`. Nobody adopts the term of a question. */
export const updateTerm = (step: Step): void => {
  const { server } = step
  const rule = "UpdateTerm"
  const { message } = step.line.event
  demand(message !== undefined, rule, "no message was received")
  demand(message._tag !== "PreVoteRequest", rule, "the term of a PreVoteRequest is nobody's yet")
  demand(message.term > server.currentTerm, rule, "the term is not newer")
  server.stepDown()
  server.currentTerm = message.term
  server.votedFor = null
}

/** etcd's `StepDownToFollower(i)`: a leader that misses its quorum, or cannot write; an attempt, or a leader, given up. */
export const stepDownToFollower = ({ server }: Step): void => {
  const { leaderId, role } = server
  demand(role !== "Follower" || leaderId !== null, "StepDownToFollower", "it follows nobody already")
  server.stepDown()
}

/** Ours: begins to hand leadership over. */
export const transferLeadership = ({ cluster, server }: Step, to: string): void => {
  const rule = "TransferLeadership"
  demand(server.role === "Leader", rule, "only a leader has leadership to hand over")
  demand(to !== server.id && isVoter(cluster.configurations.inForce(server), to), rule, `${to} cannot lead`)
  server.transferTarget = to
}

/** Ours: tells a peer that has everything to campaign at once. */
export const timeoutNow = (step: Step, to: string): void => {
  const { server } = step
  const rule = "TimeoutNow"
  demand(server.role === "Leader", rule, "only a leader may")
  const request = step.send(rule, { tags: ["TimeoutNowRequest"], to })
  demand(request.term === server.currentTerm, rule, "it names another term")
  // A leader outside its configuration goes, and names whoever is furthest.
  const isLeaving = !isVoter(step.cluster.configurations.inForce(server), server.id)
  const hasAll = (server.matchIndex.get(to) ?? 0) === server.lastIndex
  demand(
    isLeaving || (server.transferTarget === to && hasAll),
    rule,
    `${to} is not the one, or lacks something`
  )
}

/** Ours. */
export const handleTimeoutNowRequest = (step: Step): void => {
  const { server } = step
  const rule = "HandleTimeoutNowRequest"
  const request = step.handle(rule, ["TimeoutNowRequest"])
  demand(request.term <= server.currentTerm, rule, "UpdateTerm comes first")
  step.isToldToCampaign = request.term === server.currentTerm
  answerTo(step, rule, request, ["TimeoutNowResponse"])
}

/** The answer that a handler gives, with the server's own term. */
export const answerTo = (
  step: Step,
  rule: string,
  { from, sequence }: TracedMessage,
  tags: ReadonlyArray<string>
): TracedMessage => {
  const answer = step.send(rule, { tags, to: from, sequence })
  demand(answer.term === step.server.currentTerm, rule, "the answer names another term")
  return answer
}
