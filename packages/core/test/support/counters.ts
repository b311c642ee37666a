/**
 * What happened in simulated runs, to prove that they are not vacuous.
 */
import type { Event } from "../../src/event.ts"
import type { Output } from "../../src/output.ts"
import type { Server } from "../../src/server.ts"

export interface Counters {
  steps: number
  elections: number
  commits: number
  /** Conflicting entries removed; and such while another write was in flight. */
  truncations: number
  truncationsInFlight: number
  restarts: number
  /** Snapshots saved, and such of another server taken in. */
  snapshots: number
  installs: number
  /** Chunks sent, and such that were not the first. */
  chunks: number
  laterChunks: number
  /** Reads of the log answered from storage. */
  reads: number
  /** Reads of the state machine that were answered with an index. */
  readsAnswered: number
  /** Reads answered in the step that asked for them, by a lease or from what is known; and refused as too stale. */
  leaseReads: number
  staleReads: number
  readsTooStale: number
  /** Messages delivered again. */
  repeats: number
  /** Appends that added nothing, and votes granted again, acknowledged while a write was in flight. */
  idleAcksInFlight: number
  repeatedVotesInFlight: number
  /** Configurations that leaders appended, and the joint ones among them. */
  changes: number
  joints: number
  /** Configurations that were in force and were truncated. */
  rollbacks: number
  /** Leaders that led until they were no voters any more. */
  resignations: number
  preVotesGranted: number
  preVotesRefused: number
  /** Votes refused, their term not adopted, because the voter leads or has heard from a leader. */
  votesTooSoon: number
  /** Leaders that stepped down because their quorum was silent. */
  quorumsLost: number
  /** Transfers that began, orders to campaign that left, and leaders elected by one. */
  transfers: number
  ordersToCampaign: number
  electionsByTransfer: number
  noOps: number
  /** Requests with forwarded commands, answers that said where those stand, and commands whose outcome nobody told. */
  forwards: number
  forwardsTaken: number
  forwardsLost: number
}

export const noCounters = (): Counters => ({
  steps: 0,
  elections: 0,
  commits: 0,
  truncations: 0,
  truncationsInFlight: 0,
  restarts: 0,
  snapshots: 0,
  installs: 0,
  chunks: 0,
  laterChunks: 0,
  reads: 0,
  readsAnswered: 0,
  leaseReads: 0,
  staleReads: 0,
  readsTooStale: 0,
  repeats: 0,
  idleAcksInFlight: 0,
  repeatedVotesInFlight: 0,
  changes: 0,
  joints: 0,
  rollbacks: 0,
  resignations: 0,
  preVotesGranted: 0,
  preVotesRefused: 0,
  votesTooSoon: 0,
  quorumsLost: 0,
  transfers: 0,
  ordersToCampaign: 0,
  electionsByTransfer: 0,
  noOps: 0,
  forwards: 0,
  forwardsTaken: 0,
  forwardsLost: 0
})

export const addCounters = (total: Counters, more: Counters): void => {
  for (const name of Object.keys(total) as Array<keyof Counters>) total[name] += more[name]
}

export const countForwards = (counters: Counters, before: Server, outputs: ReadonlyArray<Output>): void => {
  for (const output of outputs) {
    if (output._tag === "SendMessage" && output.message._tag === "ForwardProposalsRequest")
      counters.forwards++
    if (output._tag !== "AnswerProposals" || before.role._tag === "Leader") continue
    counters.forwardsTaken += output.answers.filter(({ _tag }) => _tag === "Appended").length
  }
}

interface Step {
  readonly before: Server
  readonly event: Event
  readonly after: Server
  readonly outputs: ReadonlyArray<Output>
}

/** What a step shows of PreVote, CheckQuorum, transfers and no-ops. */
export const countElections = (counters: Counters, { after, before, event, outputs }: Step): void => {
  if (before.role._tag === "Leader" && event._tag === "TimeAdvanced" && after.role._tag === "Follower") {
    counters.quorumsLost += after.now >= before.role.contact.checkAt ? 1 : 0
  }
  if (after.role._tag === "Leader") {
    const isByTransfer = before.role._tag === "Candidate" && before.role.leadershipTransfer
    if (isByTransfer) counters.electionsByTransfer++
    if (before.role._tag === "Leader" && !before.role.transfer && after.role.transfer) counters.transfers++
  }
  const consistency = event._tag === "ReadRequested" ? event.consistency?._tag : undefined
  const isAsked = before.role._tag === "Leader" && before.configuration.members.length > 1
  const isReady = outputs.some(
    (output) => output._tag === "AnswerReads" && output.answers.some(({ _tag }) => _tag === "Ready")
  )
  if (consistency === "Lease" && isReady && isAsked) counters.leaseReads++
  if (consistency === "Stale" && isReady && before.role._tag === "Follower") counters.staleReads++
  for (const output of outputs) {
    if (output._tag === "Write" && output.entries.some(({ kind }) => kind === "NoOp")) {
      counters.noOps += before.role._tag === "Candidate" ? 1 : 0
    }
    if (output._tag !== "SendMessage") continue
    const { message } = output
    if (message._tag === "TimeoutNowRequest") counters.ordersToCampaign++
    if (message._tag === "PreVoteResponse") {
      if (message.voteGranted) counters.preVotesGranted++
      else counters.preVotesRefused++
    }
    const asked = event._tag === "MessageReceived" ? event.message.term : 0
    if (message._tag === "RequestVoteResponse" && asked > message.term) counters.votesTooSoon++
  }
}
