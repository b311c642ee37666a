import type { Message, Request } from "../../src/message.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/** Every request gets exactly one response, of its kind and with its number; nothing else makes a server respond. */
export const oneResponsePerRequest = (): Observer => ({
  stepped: ({ cluster, event, host, outputs }) => {
    const request =
      event._tag === "MessageReceived" && cluster.core.isRequest(event.message) ? event.message : undefined
    const responses: Array<Message> = []
    for (const output of outputs) {
      if (output._tag === "SendMessage" && !cluster.core.isRequest(output.message))
        responses.push(output.message)
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
      response.term >= request.term &&
      answers[request._tag].includes(response._tag)
    check(isItsOwn, "OneResponsePerRequest", () => `${host.id} answers ${request._tag} with ${response._tag}`)
  }
})

const answers: Readonly<Record<Request["_tag"], ReadonlyArray<Message["_tag"]>>> = {
  RequestVoteRequest: ["RequestVoteResponse"],
  AppendEntriesRequest: ["AppendEntriesAccepted", "AppendEntriesRefused"],
  HeartbeatRequest: ["HeartbeatResponse"],
  InstallSnapshotRequest: ["InstallSnapshotResponse"]
}
