import type { Message, Request } from "../../src/message.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * Every request gets exactly one response at once, of its kind and with its number; nothing else makes a
 * server respond. Only an index to read at has to wait for a quorum (`ReadsSeeTheCommitted`).
 */
export const oneResponsePerRequest = (): Observer => ({
  stepped: ({ cluster, event, host, outputs }) => {
    const request =
      event._tag === "MessageReceived" && cluster.core.isRequest(event.message) ? event.message : undefined
    if (request?._tag === "ReadIndexRequest") return
    const responses: Array<Message> = []
    for (const output of outputs) {
      if (output._tag !== "SendMessage" || output.message._tag === "ReadIndexResponse") continue
      if (!cluster.core.isRequest(output.message)) responses.push(output.message)
    }
    const expected = request === undefined ? 0 : 1
    check(
      responses.length === expected,
      "OneResponsePerRequest",
      () => `${host.id} gave ${responses.length} responses to ${request?._tag ?? event._tag}`
    )
    const response = responses[0]
    if (request === undefined || response === undefined) return
    const isItsOwn =
      response.to === request.from &&
      response.from === host.id &&
      response.sequence === request.sequence &&
      (response.term >= request.term || isUnmoved(request, response)) &&
      answers[request._tag].includes(response._tag)
    check(isItsOwn, "OneResponsePerRequest", () => `${host.id} answers ${request._tag} with ${response._tag}`)
  }
})

/** Only a term that somebody would like to have is left where it is: then nothing is granted but an opinion. */
const isUnmoved = (request: Request, response: Message): boolean =>
  request._tag === "PreVoteRequest" ||
  (request._tag === "RequestVoteRequest" &&
    !request.leadershipTransfer &&
    response._tag === "RequestVoteResponse" &&
    !response.voteGranted)

const answers: Readonly<Record<Request["_tag"], ReadonlyArray<Message["_tag"]>>> = {
  PreVoteRequest: ["PreVoteResponse"],
  RequestVoteRequest: ["RequestVoteResponse"],
  AppendEntriesRequest: ["AppendEntriesAccepted", "AppendEntriesRefused"],
  HeartbeatRequest: ["HeartbeatResponse"],
  InstallSnapshotRequest: ["InstallSnapshotResponse"],
  TimeoutNowRequest: ["TimeoutNowResponse"],
  ForwardProposalsRequest: ["ForwardProposalsResponse"],
  ReadIndexRequest: ["ReadIndexResponse"]
}
