/**
 * The TLA+ actions of a transition, by name, as far as event and outcome tell
 * them. The reducer is not asked: what leaves no mark on the outcome is missing,
 * and so is the state between two actions of one transition.
 */
import type { Message } from "@effect-raft/core"
import type { Change } from "./observer.ts"

export const actionsOf = ({ after, before, event, outputs }: Change): ReadonlyArray<string> => {
  const actions: Array<string> = []
  if (event._tag === "MessageReceived") {
    const { message } = event
    if (message.term === after.currentTerm && message.term > before.currentTerm) actions.push("UpdateTerm")
    const handler = message.term === after.currentTerm ? handlers[message._tag] : undefined
    if (handler !== undefined) actions.push(handler)
  }
  if (after.role._tag === "Candidate" && after.currentTerm === before.currentTerm + 1) actions.push("Timeout")
  if (after.role._tag === "Leader" && before.role._tag !== "Leader") actions.push("BecomeLeader")
  if (event._tag === "CommandsProposed" && after.log.lastIndex > before.log.lastIndex) {
    actions.push("ClientRequest")
  }
  if (after.role._tag === "Leader" && after.commitIndex > before.commitIndex)
    actions.push("AdvanceCommitIndex")
  for (const output of outputs) {
    if (output._tag !== "SendMessage") continue
    if (output.message._tag === "RequestVoteRequest") actions.push("RequestVote")
    if (output.message._tag === "AppendEntriesRequest") actions.push("AppendEntries")
  }
  return actions
}

/** Messages of the paper; the others have no action in its specification. */
const handlers: { readonly [Tag in Message["_tag"]]?: string } = {
  RequestVoteRequest: "HandleRequestVoteRequest",
  RequestVoteResponse: "HandleRequestVoteResponse",
  AppendEntriesRequest: "HandleAppendEntriesRequest",
  AppendEntriesAccepted: "HandleAppendEntriesResponse",
  AppendEntriesRefused: "HandleAppendEntriesResponse"
}
