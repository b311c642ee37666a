/**
 * Which handler takes which message: of this term, once the term rule of
 * `step.ts` has been held against it, and of an older one.
 */
import { answerVote, handleRequestVoteRequest, handleRequestVoteResponse } from "./election.ts"
import {
  answerForwardProposals,
  handleForwardProposalsRequest,
  handleForwardProposalsResponse
} from "./forwarding.ts"
import { answerHeartbeat, handleHeartbeatRequest, handleHeartbeatResponse } from "./heartbeat.ts"
import {
  handleInstallSnapshotRequest,
  handleInstallSnapshotResponse,
  refuseOldSnapshot
} from "./installSnapshot.ts"
import type { Message } from "./message.ts"
import type { Output } from "./output.ts"
import { handlePreVoteRequest, handlePreVoteResponse } from "./preVote.ts"
import {
  handleAppendEntriesAccepted,
  handleAppendEntriesRefused,
  handleAppendEntriesRequest,
  refuseOldTerm
} from "./replication.ts"
import { handleReadIndexRequest, handleReadIndexResponse, refuseReadIndex } from "./readIndex.ts"
import type { Server } from "./server.ts"
import { answerTimeoutNow, handleTimeoutNowRequest } from "./transfer.ts"
import { none, type Transition, unchanged } from "./transition.ts"

export const dispatch = (server: Server, message: Message): Transition => {
  switch (message._tag) {
    case "PreVoteRequest":
      return handlePreVoteRequest(server, message)
    case "PreVoteResponse":
      return handlePreVoteResponse(server, message)
    case "RequestVoteRequest":
      return handleRequestVoteRequest(server, message)
    case "RequestVoteResponse":
      return handleRequestVoteResponse(server, message)
    case "AppendEntriesRequest":
      return handleAppendEntriesRequest(server, message)
    case "AppendEntriesAccepted":
      return handleAppendEntriesAccepted(server, message)
    case "AppendEntriesRefused":
      return handleAppendEntriesRefused(server, message)
    case "HeartbeatRequest":
      return handleHeartbeatRequest(server, message)
    case "HeartbeatResponse":
      return unchanged(handleHeartbeatResponse(server, message))
    case "TimeoutNowRequest":
      return handleTimeoutNowRequest(server, message)
    case "TimeoutNowResponse":
      // Its term was all it had to say.
      return unchanged(server)
    case "InstallSnapshotRequest":
      return handleInstallSnapshotRequest(server, message)
    case "InstallSnapshotResponse":
      return handleInstallSnapshotResponse(server, message)
    case "ForwardProposalsRequest":
      return handleForwardProposalsRequest(server, message)
    case "ForwardProposalsResponse":
      return handleForwardProposalsResponse(server, message)
    case "ReadIndexRequest":
      return handleReadIndexRequest(server, message)
    case "ReadIndexResponse":
      return handleReadIndexResponse(server, message)
  }
}

export const answerOldTerm = (server: Server, message: Message): ReadonlyArray<Output> => {
  switch (message._tag) {
    case "RequestVoteRequest":
      return [answerVote(server, message, false)]
    case "AppendEntriesRequest":
      return [refuseOldTerm(server, message)]
    case "HeartbeatRequest":
      return [answerHeartbeat(server, message)]
    case "InstallSnapshotRequest":
      return [refuseOldSnapshot(server, message)]
    case "TimeoutNowRequest":
      return [answerTimeoutNow(server, message)]
    case "ForwardProposalsRequest":
      return [answerForwardProposals(server, message)]
    case "ReadIndexRequest":
      return [refuseReadIndex(server, message)]
    case "PreVoteRequest":
    case "PreVoteResponse":
    case "RequestVoteResponse":
    case "AppendEntriesAccepted":
    case "AppendEntriesRefused":
    case "HeartbeatResponse":
    case "InstallSnapshotResponse":
    case "TimeoutNowResponse":
    case "ForwardProposalsResponse":
    case "ReadIndexResponse":
      return none
  }
}
