/**
 * The lines of a trace as their page describes them (docs/trace.md), for
 * somebody who knows nothing else of where they come from.
 */

export type Role = "Follower" | "PreCandidate" | "Candidate" | "Leader"

export interface TracedEntry {
  readonly index: number
  readonly term: number
  readonly kind: string
  readonly hash: string
}

export interface TracedMember {
  readonly id: string
  readonly role: string
}

export interface TracedConfiguration {
  readonly members: ReadonlyArray<TracedMember>
  /** The half of a joint configuration that ends with it, else `null`. */
  readonly outgoing: ReadonlyArray<TracedMember> | null
}

export interface TracedSnapshot {
  readonly lastIncludedIndex: number
  readonly lastIncludedTerm: number
}

/** Any message; which of the later fields it has depends on `_tag`. */
export interface TracedMessage {
  readonly _tag: string
  readonly from: string
  readonly to: string
  readonly incarnation: number
  readonly term: number
  readonly sequence: number
  readonly lastLogIndex: number
  readonly lastLogTerm: number
  readonly leadershipTransfer: boolean
  readonly voteGranted: boolean
  readonly prevLogIndex: number
  readonly prevLogTerm: number
  readonly entries: ReadonlyArray<TracedEntry>
  readonly leaderCommit: number
  readonly matchIndex: number
  readonly readIndex: number
  readonly leaderTerm: number
  readonly snapshot: TracedSnapshot
  readonly lastIncludedIndex: number
  readonly installed: boolean
  readonly outcome: string
  readonly firstIndex: number
  readonly count: number
}

export interface OrderedMessage extends TracedMessage {
  /** The write that it waits for. */
  readonly after: number
}

export interface TracedHardState {
  readonly currentTerm: number
  readonly votedFor: string | null
}

/** The state of one server; actions have it without the configuration. */
export interface TracedState extends TracedHardState {
  readonly role: Role
  readonly leaderId: string | null
  readonly commitIndex: number
  readonly lastApplied: number
  readonly lastIndex: number
  readonly lastTerm: number
  readonly lastIncludedIndex: number
}

export interface TracedAction {
  readonly name: string
  readonly peer: string | null
  readonly state: TracedState | null
}

export interface TracedWrite {
  readonly id: number
  readonly hardState: TracedHardState | null
  readonly truncateFrom: number | null
  readonly entries: ReadonlyArray<TracedEntry>
  readonly chunk: { readonly snapshot: TracedSnapshot; readonly isLast: boolean } | null
}

export interface TracedOptions {
  readonly electionTimeoutMin: number
  readonly preVote: boolean
  readonly checkQuorum: boolean
}

export interface RunLine {
  readonly line: "run"
  readonly options: TracedOptions
}

export interface RestartLine extends TracedState {
  readonly line: "restart"
  readonly server: string
  readonly at: number
  readonly incarnation: number
  readonly configuration: ReadonlyArray<TracedMember>
  readonly outgoing: ReadonlyArray<TracedMember> | null
  readonly actions: ReadonlyArray<TracedAction>
}

/** What a disk holds, after more became durable or the power failed. */
export interface DiskLine {
  readonly line: "persisted" | "crash"
  readonly server: string
  readonly through: number
  readonly hardState: TracedHardState
  readonly lastIndex: number
}

export interface StepLine extends TracedState {
  readonly line: "step"
  readonly server: string
  readonly at: number
  readonly event: { readonly _tag: string; readonly message?: TracedMessage }
  readonly configuration: ReadonlyArray<TracedMember>
  readonly outgoing: ReadonlyArray<TracedMember> | null
  readonly log: { readonly from: number; readonly entries: ReadonlyArray<TracedEntry> } | null
  readonly writes: ReadonlyArray<TracedWrite>
  readonly messages: ReadonlyArray<OrderedMessage>
  readonly actions: ReadonlyArray<TracedAction>
}

export interface MessageLine {
  readonly line: "sent" | "delivered" | "lost"
  /** The sender of what is sent, the receiver of what is delivered. */
  readonly server: string
  readonly message: TracedMessage
  readonly actions: ReadonlyArray<TracedAction>
}

export interface ApplyingLine {
  readonly line: "applying"
  readonly server: string
  readonly entries: ReadonlyArray<TracedEntry>
}

export interface ClientLine {
  readonly line: "call" | "return"
}

export type TraceLine = RunLine | RestartLine | DiskLine | StepLine | MessageLine | ApplyingLine | ClientLine
