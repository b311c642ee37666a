/**
 * The definition of each action, by its name: what must hold before it, and what
 * holds after it. Messages and reads that change no variable are defined here.
 */
import * as Elections from "./elections.ts"
import { demand, Rejection } from "./rejection.ts"
import * as Replication from "./replication.ts"
import type { Step } from "./Step.ts"
import type { TracedAction, TracedState } from "./traceLine.ts"

type Definition = (step: Step, action: { readonly peer: string; readonly state: TracedState }) => void

const definitions: { readonly [name: string]: Definition } = {
  Timeout: Elections.timeout,
  RequestVote: (step, { peer }) => Elections.requestVote(step, peer),
  BecomeLeader: Elections.becomeLeader,
  ClientRequest: Replication.clientRequest,
  AppendEntries: (step, { peer }) => Replication.appendEntries(step, peer),
  AdvanceCommitIndex: (step, { state }) => Replication.advanceCommitIndex(step, state.commitIndex),
  UpdateTerm: Elections.updateTerm,
  DropStaleResponse: (step) => dropStaleResponse(step),
  HandleRequestVoteRequest: Elections.handleRequestVoteRequest,
  HandleRequestVoteResponse: Elections.handleRequestVoteResponse,
  HandleAppendEntriesRequest: Replication.handleAppendEntriesRequest,
  HandleAppendEntriesResponse: Replication.handleAppendEntriesResponse,
  Heartbeat: (step, { peer }) => Replication.heartbeat(step, peer),
  HandleHeartbeatRequest: Replication.handleHeartbeatRequest,
  HandleHeartbeatResponse: Replication.handleHeartbeatResponse,
  PersistState: (step) => persistState(step),
  ApplyEntries: (step, { state }) => Replication.apply(step, "ApplyEntries", state.lastApplied),
  RestoreSnapshot: (step, { state }) => Replication.apply(step, "RestoreSnapshot", state.lastApplied),
  StepDownToFollower: Elections.stepDownToFollower,
  ReportUnreachable: (step) =>
    demand(step.server.role === "Leader", "ReportUnreachable", "only a leader minds"),
  ChangeConf: Replication.changeConf,
  SendSnapshot: (step, { peer }) => Replication.sendSnapshot(step, peer),
  CompactLog: (step, { state }) => Replication.compactLog(step, state.lastIncludedIndex),
  HandleInstallSnapshotRequest: Replication.handleInstallSnapshotRequest,
  HandleInstallSnapshotResponse: Replication.handleInstallSnapshotResponse,
  AppendNoOp: Replication.appendNoOp,
  RefuseRequestVote: Elections.refuseRequestVote,
  BecomePreCandidate: Elections.becomePreCandidate,
  RequestPreVote: (step, { peer }) => Elections.requestPreVote(step, peer),
  HandlePreVoteRequest: Elections.handlePreVoteRequest,
  HandlePreVoteResponse: Elections.handlePreVoteResponse,
  TransferLeadership: (step, { peer }) => Elections.transferLeadership(step, peer),
  TimeoutNow: (step, { peer }) => Elections.timeoutNow(step, peer),
  HandleTimeoutNowRequest: Elections.handleTimeoutNowRequest,
  HandleTimeoutNowResponse: (step) => handleTimeoutNowResponse(step),
  ReadIndex: (step, { peer }) => readIndex(step, peer),
  AnswerReadIndex: (step, { peer }) => answerReadIndex(step, peer),
  HandleReadIndexRequest: (step) => handleReadIndexRequest(step),
  HandleReadIndexResponse: (step) => handleReadIndexResponse(step),
  ForwardProposals: (step, { peer }) => forwardProposals(step, peer),
  HandleForwardProposalsRequest: (step) => handleForwardProposalsRequest(step),
  HandleForwardProposalsResponse: (step) => handleForwardProposalsResponse(step)
}

/** Performs one action of a step, and compares the state after it. */
export const perform = (step: Step, { name, peer, state }: TracedAction): void => {
  const define = definitions[name]
  if (define === undefined) throw new Rejection("Next", `there is no action ${name} of a server`)
  demand(state !== null, name, "its state is missing")
  define(step, { peer: peer ?? "", state })
  const difference = step.server.differenceTo(state)
  if (difference !== undefined) throw new Rejection(name, difference)
}

const responses = [
  "RequestVoteResponse",
  "AppendEntriesAccepted",
  "AppendEntriesRefused",
  "HeartbeatResponse",
  "InstallSnapshotResponse",
  "TimeoutNowResponse",
  "ReadIndexResponse",
  "ForwardProposalsResponse"
]

/** `DropStaleResponse(i, j, m)`. */
const dropStaleResponse = (step: Step): void => {
  const { term } = step.handle("DropStaleResponse", responses)
  demand(term < step.server.currentTerm, "DropStaleResponse", "the response is not stale")
}

/** etcd's `PersistState(i)`: the server hears of it; the disk's own line came before. */
const persistState = ({ line, server }: Step): void => {
  demand(line.event._tag === "WritesPersisted", "PersistState", "nothing says that more is durable")
  demand(server.disk.through > 0, "PersistState", "the disk holds nothing of this life")
}

const handleTimeoutNowResponse = (step: Step): void => {
  const { term } = step.handle("HandleTimeoutNowResponse", ["TimeoutNowResponse"])
  demand(term === step.server.currentTerm, "HandleTimeoutNowResponse", "it is of another term")
}

/** Thesis §6.4: a follower asks its leader on behalf of its readers. */
const readIndex = (step: Step, to: string): void => {
  const { server } = step
  demand(server.role === "Follower" && server.leaderId === to, "ReadIndex", `${to} is not its leader`)
  const { term } = step.send("ReadIndex", { tags: ["ReadIndexRequest"], to })
  demand(term === server.currentTerm, "ReadIndex", "it names another term")
}

const handleReadIndexRequest = (step: Step): void => {
  const { term } = step.handle("HandleReadIndexRequest", ["ReadIndexRequest"])
  demand(term <= step.server.currentTerm, "HandleReadIndexRequest", "UpdateTerm comes first")
}

/** Only a leader that has committed something of its term can tell; everybody may say that it cannot. */
const answerReadIndex = (step: Step, to: string): void => {
  const rule = "AnswerReadIndex"
  const { server } = step
  const answer = step.send(rule, { tags: ["ReadIndexResponse"], to })
  if (answer.readIndex === 0) return
  demand(server.role === "Leader", rule, "only a leader can tell")
  demand(server.termAt(server.commitIndex) === server.currentTerm, rule, "nothing of its term is committed")
  demand(answer.readIndex <= server.commitIndex, rule, "it names what is not committed")
}

const handleReadIndexResponse = (step: Step): void => {
  const { term } = step.handle("HandleReadIndexResponse", ["ReadIndexResponse"])
  demand(term <= step.server.currentTerm, "HandleReadIndexResponse", "UpdateTerm comes first")
}

/** §8: commands on their way to the leader of a term, which may be over; whoever repeats them does not lead it. */
const forwardProposals = (step: Step, to: string): void => {
  const rule = "ForwardProposals"
  const { server } = step
  const { leaderTerm, term } = step.send(rule, { tags: ["ForwardProposalsRequest"], to })
  demand(term === server.currentTerm, rule, "it names another term")
  demand(leaderTerm <= term, rule, "it is meant for a leader of a term to come")
  demand(server.role !== "Leader" || leaderTerm < term, rule, "it leads that term itself")
}

/** Only the leader of the term that the request names takes anything, and says where. */
const handleForwardProposalsRequest = (step: Step): void => {
  const rule = "HandleForwardProposalsRequest"
  const { server } = step
  const request = step.handle(rule, ["ForwardProposalsRequest"])
  demand(request.term <= server.currentTerm, rule, "UpdateTerm comes first")
  const { count, firstIndex, outcome } = Elections.answerTo(step, rule, request, ["ForwardProposalsResponse"])
  if (server.role !== "Leader" || request.leaderTerm !== server.currentTerm || count === 0) return
  demand(outcome === "Taken", rule, "it leads that term, and can tell")
  // What this very step takes is appended after it.
  const isTheirs = firstIndex > server.lastIndex || server.termAt(firstIndex) === server.currentTerm
  demand(isTheirs, rule, "another leader's entry stands where it says the commands are")
}

const handleForwardProposalsResponse = (step: Step): void => {
  const { term } = step.handle("HandleForwardProposalsResponse", ["ForwardProposalsResponse"])
  demand(term <= step.server.currentTerm, "HandleForwardProposalsResponse", "UpdateTerm comes first")
}
