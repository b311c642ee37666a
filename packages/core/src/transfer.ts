/**
 * Leadership transfer (§3.10 of the thesis): a leader brings another voter's log
 * up to its own and tells it to campaign at once.
 *
 * Meanwhile it takes no commands, or the target might never catch up. The
 * transfer is part of the Leader role: it ends with it, or after an election
 * timeout. Once the order to campaign has left, it may arrive at any time.
 */
import * as Ballot from "./ballot.ts"
import * as Configuration from "./configuration.ts"
import { campaign } from "./election.ts"
import type { LeadershipTransferRequested } from "./event.ts"
import { type Sequence, sequence, type ServerId, writeId } from "./ids.ts"
import type { TimeoutNowRequest } from "./message.ts"
import type { AnswerTransfer, Output, TransferAnswer } from "./output.ts"
import type { Leader } from "./role.ts"
import { leaderId, type Server } from "./server.ts"
import { requestHeader, responseHeader, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId } from "./writes.ts"

const answer = (id: number, result: TransferAnswer): AnswerTransfer => ({
  _tag: "AnswerTransfer",
  after: writeId(0),
  id,
  result
})

/** Begins to hand over, or says why not. */
export const requestTransfer = (server: Server, event: LeadershipTransferRequested): Transition => {
  const { configuration, now, role, self } = server
  const { id, target } = event
  if (role._tag !== "Leader") {
    return [server, [answer(id, { _tag: "NotLeader", leaderId: leaderId(server) })]]
  }
  if (target === self.id) return [server, [answer(id, { _tag: "AlreadyLeader" })]]
  if (!Configuration.isVoter(configuration, target)) return [server, [answer(id, { _tag: "NotVoter" })]]
  if (role.transfer !== undefined) {
    return [server, [answer(id, { _tag: "AlreadyInProgress", target: role.transfer.target })]]
  }
  const transfer = { id, target, deadline: now + self.options.electionTimeoutMax, isTold: false }
  return [{ ...server, role: { ...role, transfer } }, []]
}

/** Whether the target has everything and does not know it yet. */
export const isTransferDue = ({ log }: Server, { progress, transfer }: Leader): boolean =>
  transfer !== undefined &&
  !transfer.isTold &&
  progress.some(({ id, matchIndex }) => id === transfer.target && matchIndex === log.lastIndex)

/** At the end of a turn: tells the target to campaign once it has everything, or gives up. */
export const advanceTransfer = (server: Server, leader: Leader): Transition => {
  const { log, now } = server
  const { transfer } = leader
  if (transfer === undefined) return unchanged(server)
  if (now >= transfer.deadline) {
    const role = { ...leader, transfer: undefined }
    return [{ ...server, role }, [answer(transfer.id, { _tag: "TimedOut" })]]
  }
  const isRound = transfer.isTold && now >= leader.heartbeatAt
  const peer = leader.progress.find(({ id }) => id === transfer.target)
  if (peer?.matchIndex !== log.lastIndex || (transfer.isTold && !isRound)) return [server, []]
  const lastSequence = sequence(server.lastSequence + 1)
  const role = { ...leader, transfer: { ...transfer, isTold: true }, mayBeSucceeded: true }
  return [{ ...server, lastSequence, role }, [tellToCampaign(server, transfer.target, lastSequence)]]
}

/** The order to campaign at once, as request number `number`. */
export const tellToCampaign = (server: Server, target: ServerId, number: Sequence): Output => {
  const request: TimeoutNowRequest = {
    _tag: "TimeoutNowRequest",
    ...requestHeader(server, target, number)
  }
  return send(request, hardStateWriteId(server))
}

/** A transfer whose target votes no more is given up. */
export const abandonTransfer = ({ configuration }: Server, { transfer }: Leader): Output | undefined =>
  transfer === undefined || Configuration.isVoter(configuration, transfer.target)
    ? undefined
    : answer(transfer.id, { _tag: "NotVoter" })

/** A transfer that its leader did not live to end is answered when the role is lost. */
export const answerLostTransfer = (before: Server, after: Server): ReadonlyArray<Output> =>
  before.role._tag === "Leader" && after.role._tag !== "Leader" && before.role.transfer !== undefined
    ? [answer(before.role.transfer.id, { _tag: "SteppedDown", term: after.currentTerm })]
    : []

/** The leader wants this server in its place: it campaigns without waiting or asking (§3.10). */
export const handleTimeoutNowRequest = (server: Server, request: TimeoutNowRequest): Transition => {
  const response = answerTimeoutNow(server, request)
  if (server.role._tag === "Leader" || !Ballot.canCampaign(server)) return [server, [response]]
  const [campaigning, outputs] = campaign(server, true)
  return [campaigning, [response, ...outputs]]
}

export const answerTimeoutNow = (server: Server, request: TimeoutNowRequest): Output =>
  send({ _tag: "TimeoutNowResponse", ...responseHeader(server, request) }, hardStateWriteId(server))
