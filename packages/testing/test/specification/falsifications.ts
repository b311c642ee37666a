/**
 * One lie for each action: what a trace would say if the action had happened
 * where it must not, or had come to something else.
 */
import type { ActionName } from "../../src/simulation/simulation.ts"

export interface Action {
  readonly name: string
  readonly peer: string | null
  readonly state: State
}

export type State = Readonly<Record<string, unknown>> & {
  readonly role: string
  readonly currentTerm: number
  readonly commitIndex: number
  readonly lastApplied: number
  readonly lastIndex: number
}

export type Fields = Readonly<Record<string, unknown>> & { readonly _tag: string }

export interface Line extends State {
  readonly line: string
  readonly server: string
  readonly event: { readonly _tag: string; readonly message?: Fields }
  readonly log: { readonly from: number; readonly entries: ReadonlyArray<Fields> } | null
  readonly messages: ReadonlyArray<Fields>
  readonly actions: ReadonlyArray<Action>
  readonly message: Fields
}

/** A line that the lie can be told in, and how. `rule` is what rejects it, where that is not the action. */
export interface Falsification {
  readonly at: (line: Line) => boolean
  readonly tell: (line: Line) => unknown
  readonly rule?: string
}

const has =
  (name: string) =>
  ({ actions, line }: Line): boolean =>
    line === "step" && actions.some((action) => action.name === name)

const isIdle =
  (role: string) =>
  (line: Line): boolean =>
    line.line === "step" && line.role === role && line.actions.every(({ state }) => state.role === role)

const lastOf = ({ actions, ...line }: Line): State => actions.at(-1)?.state ?? line

/** One more action at the end of a step. */
const added =
  (name: ActionName, changed: object = {}, peer: string | null = null) =>
  (line: Line): object => ({
    ...line,
    ...changed,
    actions: [...line.actions, { name, peer, state: { ...lastOf(line), ...changed } }]
  })

/** The same action twice. */
const repeated = (name: ActionName): Falsification => ({
  at: has(name),
  tell: (line) => ({
    ...line,
    actions: line.actions.flatMap((action) => (action.name === name ? [action, action] : [action]))
  })
})

/** Another name for what happened. */
const renamed =
  (from: ActionName, to: ActionName) =>
  (line: Line): object => ({
    ...line,
    actions: line.actions.map((action) => (action.name === from ? { ...action, name: to } : action))
  })

const without =
  (name: ActionName) =>
  (line: Line): object => ({ ...line, actions: line.actions.filter((action) => action.name !== name) })

/** Other fields of a message that is ordered. */
const told =
  (tag: string, change: (message: Fields) => object) =>
  (line: Line): object => ({
    ...line,
    messages: line.messages.map((message) =>
      message._tag === tag ? { ...message, ...change(message) } : message
    )
  })

/** An entry that nobody may append. */
const appended =
  (name: ActionName, kind: string) =>
  (line: Line): object => {
    const index = line.lastIndex + 1
    const entry = { index, term: line.currentTerm, kind, time: 0, hash: "00000000" }
    const grown = { ...line, log: { from: index, entries: [entry] } } as unknown as Line
    return added(name, { lastIndex: index, lastTerm: line.currentTerm })(grown)
  }

const other = (server: string): string => (server === "s1" ? "s2" : "s1")

/** A request that nobody may make. */
const asked =
  (name: ActionName, tag: string) =>
  (line: Line): object => {
    const to = other(line.server)
    const message = { _tag: tag, from: line.server, to, term: line.currentTerm, after: 0 }
    return added(name, {}, to)({ ...line, messages: [...line.messages, message] })
  }

const plus = (message: Fields, name: string, more: number): object => ({
  [name]: Number(message[name]) + more
})

const stale = (tag: string) => (line: Line) =>
  has("DropStaleResponse")(line) && line.event.message?._tag === tag

const isLogUnchanged = (line: Line): boolean => line.log === null

export const falsifications: { readonly [N in ActionName]: Falsification } = {
  Timeout: {
    at: isIdle("Leader"),
    tell: (line) =>
      added("Timeout", {
        role: "Candidate",
        currentTerm: line.currentTerm + 1,
        votedFor: line.server,
        leaderId: null
      })(line)
  },
  RequestVote: { at: isIdle("Follower"), tell: asked("RequestVote", "RequestVoteRequest") },
  BecomeLeader: {
    at: (line) => has("Timeout")(line) && line.role === "Candidate",
    tell: (line) => added("BecomeLeader", { role: "Leader", leaderId: line.server })(line)
  },
  ClientRequest: {
    at: (line) => isIdle("Follower")(line) && isLogUnchanged(line),
    tell: appended("ClientRequest", "Command")
  },
  AppendEntries: {
    at: (line) => line.line === "step" && line.messages.some(({ entries }) => (entries as [])?.length > 0),
    tell: told("AppendEntriesRequest", ({ entries }) => ({
      entries: (entries as ReadonlyArray<Fields>).map((entry) => ({ ...entry, hash: "00000000" }))
    }))
  },
  AdvanceCommitIndex: {
    at: (line) => has("ClientRequest")(line) && line.role === "Leader",
    tell: (line) => added("AdvanceCommitIndex", { commitIndex: line.lastIndex })(line)
  },
  UpdateTerm: {
    at: (line) => has("HandleHeartbeatRequest")(line),
    tell: (line) => added("UpdateTerm", { votedFor: null, leaderId: null })(line)
  },
  DropStaleResponse: {
    at: has("HandleAppendEntriesResponse"),
    tell: renamed("HandleAppendEntriesResponse", "DropStaleResponse")
  },
  HandleRequestVoteRequest: {
    at: has("HandleRequestVoteRequest"),
    tell: told("RequestVoteResponse", ({ voteGranted }) => ({ voteGranted: voteGranted === false }))
  },
  HandleRequestVoteResponse: {
    at: stale("RequestVoteResponse"),
    tell: renamed("DropStaleResponse", "HandleRequestVoteResponse")
  },
  HandleAppendEntriesRequest: {
    at: (line) => line.line === "step" && line.messages.some(({ _tag }) => _tag === "AppendEntriesAccepted"),
    tell: told("AppendEntriesAccepted", (message) => plus(message, "matchIndex", 1))
  },
  HandleAppendEntriesResponse: {
    at: stale("AppendEntriesAccepted"),
    tell: renamed("DropStaleResponse", "HandleAppendEntriesResponse")
  },
  // A server forgets for whom it has voted.
  Restart: {
    at: ({ actions, line, votedFor }) =>
      line === "restart" && actions[0]!.name === "Restart" && votedFor !== null,
    tell: (line) => ({ ...line, votedFor: null })
  },
  Init: {
    at: ({ actions, line }) => line === "restart" && actions[0]!.name === "Restart",
    tell: renamed("Restart", "Init")
  },
  DuplicateMessage: {
    at: (line) => line.line === "delivered" && line.actions.length > 0,
    tell: (line) => ({ ...line, message: { ...line.message, term: 1_000 } })
  },
  DropMessage: {
    at: (line) => line.line === "lost",
    tell: (line) => ({ ...line, message: { ...line.message, term: 1_000 } })
  },
  Heartbeat: {
    at: has("Heartbeat"),
    tell: told("HeartbeatRequest", (message) => plus(message, "leaderCommit", 1_000))
  },
  HandleHeartbeatRequest: {
    at: has("HandleHeartbeatRequest"),
    tell: (line) => ({ ...line, messages: [] })
  },
  HandleHeartbeatResponse: {
    at: stale("HeartbeatResponse"),
    tell: renamed("DropStaleResponse", "HandleHeartbeatResponse")
  },
  PersistState: {
    at: ({ event, line }) => line === "step" && event._tag === "TimeAdvanced",
    tell: added("PersistState")
  },
  ApplyEntries: {
    at: has("ApplyEntries"),
    tell: (line) => added("ApplyEntries", { lastApplied: line.commitIndex + 1 })(line)
  },
  StepDownToFollower: {
    at: (line) => isIdle("Follower")(line) && lastOf(line)["leaderId"] === null,
    tell: added("StepDownToFollower")
  },
  ReportUnreachable: { at: isIdle("Follower"), tell: added("ReportUnreachable") },
  // Before anything of its own term is committed (the bug of 2015).
  ChangeConf: {
    at: (line) => has("BecomeLeader")(line) && isLogUnchanged(line),
    tell: appended("ChangeConf", "Configuration")
  },
  SendSnapshot: { at: isIdle("Follower"), tell: asked("SendSnapshot", "InstallSnapshotRequest") },
  CompactLog: {
    at: isIdle("Leader"),
    tell: (line) => added("CompactLog", { lastIncludedIndex: line.lastApplied + 1 })(line)
  },
  AppendNoOp: {
    at: (line) => isIdle("Follower")(line) && isLogUnchanged(line),
    tell: appended("AppendNoOp", "NoOp")
  },
  // A vote that another reason forbids: no leader has been heard of, so the specification's own action it must be.
  RefuseRequestVote: {
    at: (line) => has("HandleRequestVoteRequest")(line) && line.role === "Candidate",
    tell: renamed("HandleRequestVoteRequest", "RefuseRequestVote")
  },
  BecomePreCandidate: {
    at: isIdle("Leader"),
    tell: added("BecomePreCandidate", { role: "PreCandidate", leaderId: null })
  },
  RequestPreVote: { at: isIdle("Follower"), tell: asked("RequestPreVote", "PreVoteRequest") },
  HandlePreVoteRequest: {
    at: has("HandlePreVoteRequest"),
    tell: told("PreVoteResponse", ({ voteGranted }) => ({ voteGranted: voteGranted === false }))
  },
  HandlePreVoteResponse: {
    at: (line) => has("HandlePreVoteResponse")(line) && has("UpdateTerm")(line),
    tell: without("UpdateTerm")
  },
  TransferLeadership: {
    at: isIdle("Follower"),
    tell: (line) => added("TransferLeadership", {}, other(line.server))(line)
  },
  TimeoutNow: { at: isIdle("Follower"), tell: asked("TimeoutNow", "TimeoutNowRequest") },
  HandleTimeoutNowRequest: {
    at: has("HandleTimeoutNowRequest"),
    tell: told("TimeoutNowResponse", (message) => plus(message, "term", 1))
  },
  HandleTimeoutNowResponse: repeated("HandleTimeoutNowResponse"),
  ReadIndex: { at: isIdle("Leader"), tell: asked("ReadIndex", "ReadIndexRequest") },
  AnswerReadIndex: {
    at: has("AnswerReadIndex"),
    tell: told("ReadIndexResponse", (message) => plus(message, "readIndex", 1_000))
  },
  HandleReadIndexRequest: repeated("HandleReadIndexRequest"),
  HandleReadIndexResponse: repeated("HandleReadIndexResponse"),
  ForwardProposals: { at: isIdle("Leader"), tell: asked("ForwardProposals", "ForwardProposalsRequest") },
  HandleForwardProposalsRequest: {
    at: has("HandleForwardProposalsRequest"),
    tell: told("ForwardProposalsResponse", (message) => plus(message, "term", 1))
  },
  HandleForwardProposalsResponse: repeated("HandleForwardProposalsResponse"),
  HandleInstallSnapshotRequest: {
    at: has("HandleAppendEntriesRequest"),
    tell: renamed("HandleAppendEntriesRequest", "HandleInstallSnapshotRequest")
  },
  HandleInstallSnapshotResponse: {
    at: has("HandleAppendEntriesResponse"),
    tell: renamed("HandleAppendEntriesResponse", "HandleInstallSnapshotResponse")
  },
  RestoreSnapshot: {
    at: has("ApplyEntries"),
    tell: (line) => added("RestoreSnapshot", { lastApplied: line.commitIndex + 1 })(line)
  }
}

/** Lies about what no action is: disks, messages on their way, and what is left out. */
export const lies: { readonly [title: string]: Falsification } = {
  "an answer leaves before its write": {
    at: (line) => line.line === "step" && line.messages.some(({ _tag }) => _tag === "AppendEntriesAccepted"),
    tell: told("AppendEntriesAccepted", (message) => plus(message, "after", 1_000_000)),
    rule: "sent"
  },
  "a message arrives that nobody sent": {
    at: ({ line }) => line === "delivered",
    tell: (line) => ({ ...line, message: { ...line.message, term: 1_000 } }),
    rule: "Receive"
  },
  "a message is handled that has not arrived": {
    at: has("HandleHeartbeatRequest"),
    tell: (line) => ({
      ...line,
      event: { ...line.event, message: { ...line.event.message, sequence: 1e9 } }
    }),
    rule: "Receive"
  },
  "a message is handled by nothing": {
    at: has("HandleHeartbeatResponse"),
    tell: without("HandleHeartbeatResponse"),
    rule: "Receive"
  },
  "a message is sent by nothing": { at: has("Heartbeat"), tell: without("Heartbeat"), rule: "Send" },
  "a disk loses what was durable": {
    at: ({ line }) => line === "crash",
    tell: (line) => ({ ...line, lastIndex: 0, hardState: { currentTerm: 0, votedFor: null } }),
    rule: "crash"
  },
  "a disk is further than what was ordered": {
    at: ({ line }) => line === "persisted",
    tell: (line) => ({ ...line, through: 1_000_000 }),
    rule: "persisted"
  },
  "a new term is not written": {
    at: (line) => has("Timeout")(line),
    tell: (line) => ({ ...line, writes: [] }),
    rule: "writes"
  },
  "an entry is not written": {
    at: has("ClientRequest"),
    tell: (line) => ({ ...line, writes: [] }),
    rule: "writes"
  },
  "a log holds something else than was appended": {
    at: (line) => has("HandleAppendEntriesRequest")(line) && !isLogUnchanged(line),
    tell: ({ log, ...line }) => ({
      ...line,
      log: { from: log!.from, entries: log!.entries.map((entry) => ({ ...entry, hash: "00000000" })) }
    }),
    rule: "log"
  },
  "another configuration is in force": {
    at: isIdle("Leader"),
    tell: (line) => ({ ...line, configuration: [] }),
    rule: "step"
  },
  "a state machine gets another entry": {
    at: ({ line }) => line === "applying",
    tell: (line) => ({
      ...line,
      entries: (line["entries"] as ReadonlyArray<Fields>).map((entry) => ({ ...entry, hash: "00000000" }))
    }),
    rule: "applying"
  },
  "something happens that is no action": {
    at: has("Heartbeat"),
    tell: renamed("Heartbeat", "Gossip" as ActionName),
    rule: "Next"
  }
}
