/**
 * The TLA+ actions of a transition, in their order, each with the state after it.
 *
 * Derived from what went in and what came out; the reducer is not asked, and
 * pays for nothing while no trace is written. The names are those of the paper's
 * specification, then of its extension by etcd, then our own: docs/trace.md
 * lists them. Transitions that change nothing a specification speaks of have none.
 */
import type { Entry, Message, RequestVoteRequest, Server, ServerId } from "@effect-raft/core"
import { isRequest, leaderId } from "@effect-raft/core"
import type { Change } from "./observer.ts"
import { type ActionName, appends, type HandlerName, handlers, sends } from "./actionNames.ts"

/** What the specification's variables say of one server. */
export interface ActionState {
  readonly role: Server["role"]["_tag"]
  readonly currentTerm: number
  readonly votedFor: ServerId | null
  readonly leaderId: ServerId | null
  readonly commitIndex: number
  readonly lastApplied: number
  readonly lastIndex: number
  readonly lastTerm: number
  readonly lastIncludedIndex: number
}

export interface Action {
  readonly name: ActionName
  /** To whom something goes, or from whom what is handled came; `null` where nobody else has a part in it. */
  readonly peer: ServerId | null
  readonly state: ActionState
}

export const actionStateOf = (server: Server): ActionState => ({
  role: server.role._tag,
  currentTerm: server.currentTerm,
  votedFor: server.votedFor ?? null,
  leaderId: leaderId(server) ?? null,
  commitIndex: server.commitIndex,
  lastApplied: server.apply.lastApplied,
  lastIndex: server.log.lastIndex,
  lastTerm: server.log.lastTerm,
  lastIncludedIndex: server.log.lastIncludedIndex
})

/** In their order. The state after the last is that after the transition. */
export const actionsOf = (change: Change): ReadonlyArray<Action> => {
  const { after, before, event } = change
  if (before.storageFailed) return []
  const course = new Course(actionStateOf(before))
  begin(course, change)
  if (after.currentTerm > course.state.currentTerm) {
    const { votedFor } = actionStateOf(after)
    course.act("Timeout", null, {
      role: "Candidate",
      currentTerm: course.state.currentTerm + 1,
      votedFor,
      leaderId: null
    })
  }
  if (isNewPreCandidate(before, after))
    course.act("BecomePreCandidate", null, { role: "PreCandidate", leaderId: null })
  if (after.role._tag === "Leader" && course.state.role !== "Leader") {
    course.act("BecomeLeader", null, { role: "Leader", leaderId: after.self.id })
  }
  if (after.commitIndex > course.state.commitIndex) {
    course.act("AdvanceCommitIndex", null, { commitIndex: after.commitIndex })
  }
  order(course, change)
  if (after.apply.lastApplied > course.state.lastApplied) {
    const name = event._tag === "SnapshotRestored" ? "RestoreSnapshot" : "ApplyEntries"
    course.act(name, null, { lastApplied: after.apply.lastApplied })
  }
  if (after.log.lastIncludedIndex > course.state.lastIncludedIndex) {
    course.act("CompactLog", null, { lastIncludedIndex: after.log.lastIncludedIndex })
  }
  // Who cannot campaign, or write, waits for nobody in particular.
  if (after.role._tag === "Follower" && hasForgotten(course.state, after)) {
    course.act("StepDownToFollower", null, { role: "Follower", leaderId: null })
  }
  return course.actions
}

/** The actions so far, and the state after them. */
class Course {
  readonly actions: Array<Action> = []
  state: ActionState

  constructor(state: ActionState) {
    this.state = state
  }

  act(name: ActionName, peer: ServerId | null, changed: Partial<ActionState> = {}): void {
    this.state = { ...this.state, ...changed }
    this.actions.push({ name, peer, state: this.state })
  }
}

/** What the event itself is an action of. What follows from it comes after. */
const begin = (course: Course, change: Change): void => {
  const { after, before, event } = change
  switch (event._tag) {
    case "MessageReceived":
      return receive(course, change, event.message)
    case "WritesPersisted":
      if (event.through > before.writes.persistedThrough) course.act("PersistState", null)
      return
    case "PeerUnreachable":
      if (before.role._tag === "Leader") course.act("ReportUnreachable", event.peer)
      return
    case "LeadershipTransferRequested":
      if (before.role !== after.role) course.act("TransferLeadership", event.target)
      return
    case "TimeAdvanced":
    case "CommandsProposed":
    case "ReadRequested":
    case "ConfigurationChangeRequested":
    case "LogRead":
    case "LogReadFailed":
    case "EntriesApplied":
    case "SnapshotTaken":
    case "SnapshotPersisted":
    case "SnapshotRestored":
    case "StorageFailed":
      return
  }
}

const receive = (course: Course, change: Change, message: Message): void => {
  const { after, before } = change
  const { from } = message
  const { group, id } = after.self
  if (message.to !== id || from === id || message.group !== group) return
  const isNewer = message.term > before.currentTerm && message._tag !== "PreVoteRequest"
  if (message._tag === "RequestVoteRequest" && isRefusedForLeader(change, message)) {
    return course.act("RefuseRequestVote", from)
  }
  if (isNewer) {
    course.act("UpdateTerm", from, {
      role: "Follower",
      currentTerm: message.term,
      votedFor: null,
      leaderId: null
    })
  }
  const isStale = message.term < before.currentTerm && !isRequest(message)
  if (isStale && message._tag !== "PreVoteResponse") return course.act("DropStaleResponse", from)
  course.act(handlers[message._tag], from, handled(course.state, change, message))
}

/** A vote that the specification would give, and that this server does not: it hears from a leader (thesis §4.2.3). */
const isRefusedForLeader = (
  { after, before, outputs }: Change,
  { from, lastLogIndex, lastLogTerm, term }: RequestVoteRequest
): boolean => {
  if (term > before.currentTerm && after.currentTerm < term) return true
  const isUpToDate =
    lastLogTerm > before.log.lastTerm ||
    (lastLogTerm === before.log.lastTerm && lastLogIndex >= before.log.lastIndex)
  const isFree = before.votedFor === undefined || before.votedFor === from
  return term === before.currentTerm && isFree && isUpToDate && !isVoteGranted(outputs)
}

const isVoteGranted = (outputs: Change["outputs"]): boolean =>
  outputs.some(
    (output) =>
      output._tag === "SendMessage" &&
      output.message._tag === "RequestVoteResponse" &&
      output.message.voteGranted
  )

/** What the handler of a message changes. What a leader does next is no longer part of it. */
const handled = (
  { currentTerm }: ActionState,
  { after, outputs }: Change,
  message: Message
): Partial<ActionState> => {
  if (message.term !== currentTerm) return {}
  switch (handlers[message._tag] satisfies HandlerName) {
    case "HandleRequestVoteRequest":
      return isVoteGranted(outputs) ? { role: "Follower", votedFor: message.from } : {}
    case "HandleAppendEntriesRequest":
    case "HandleHeartbeatRequest":
    case "HandleInstallSnapshotRequest": {
      const { commitIndex, lastIncludedIndex, lastIndex, lastTerm } = actionStateOf(after)
      const { from } = message
      return { role: "Follower", leaderId: from, commitIndex, lastIndex, lastTerm, lastIncludedIndex }
    }
    case "HandleRequestVoteResponse":
    case "HandlePreVoteRequest":
    case "HandlePreVoteResponse":
    case "HandleAppendEntriesResponse":
    case "HandleHeartbeatResponse":
    case "HandleInstallSnapshotResponse":
    case "HandleTimeoutNowRequest":
    case "HandleTimeoutNowResponse":
    case "HandleReadIndexRequest":
    case "HandleReadIndexResponse":
    case "HandleForwardProposalsRequest":
    case "HandleForwardProposalsResponse":
      return {}
  }
}

/** An attempt that begins, be it the next one. */
const isNewPreCandidate = ({ role: before }: Server, { role: after }: Server): boolean =>
  after._tag === "PreCandidate" &&
  (before._tag !== "PreCandidate" || before.electionDeadline !== after.electionDeadline)

const hasForgotten = (state: ActionState, after: Server): boolean =>
  state.role !== "Follower" || (state.leaderId !== null && leaderId(after) === undefined)

/** What a leader appends, and what anybody sends, in the order of the outputs. */
const order = (course: Course, { outputs }: Change): void => {
  for (const output of outputs) {
    if (output._tag === "Write" && course.state.role === "Leader") {
      for (const entry of output.entries) append(course, entry)
    } else if (output._tag === "SendSnapshot") course.act("SendSnapshot", output.request.to)
    else if (output._tag === "SendMessage") {
      const name = sends[output.message._tag]
      if (name !== null) course.act(name, output.message.to)
    }
  }
}

const append = (course: Course, { index, kind, term }: Entry): void =>
  course.act(appends[kind], null, { lastIndex: index, lastTerm: term })
