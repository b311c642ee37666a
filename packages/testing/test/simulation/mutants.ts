/**
 * Reducers with one bug each, made around the real one: what goes in, what comes out, or the state itself is
 * falsified. Each breaks the property that it is listed under.
 */
import {
  Configurations,
  type Entry,
  type Event,
  Log,
  type LogIndex,
  logIndex,
  type Message,
  type Output,
  type Server,
  step,
  term,
  type Transition,
  writeId
} from "@effect-raft/core"
import type { Checked, Property, Step } from "../../src/simulation/simulation.ts"

type Mutation = (server: Server, event: Event) => Transition

const onMessage =
  (change: (message: Message, server: Server) => Message): Mutation =>
  (server, event) =>
    step(
      server,
      event._tag === "MessageReceived" ? { ...event, message: change(event.message, server) } : event
    )

const onOutput =
  (change: (output: Output, server: Server, before: Server) => Output | undefined): Mutation =>
  (server, event) => {
    const [after, outputs] = step(server, event)
    return [after, outputs.flatMap((output) => change(output, after, server) ?? [])]
  }

const onServer =
  (change: (after: Server, before: Server, event: Event) => Server): Mutation =>
  (server, event) => {
    const [after, outputs] = step(server, event)
    return [change(after, server, event), outputs]
  }

/** The command of the first operation in place of the true one. */
const forged = (entry: Entry): Entry => ({ ...entry, payload: Uint8Array.of(1, 0, 0, 0) })

/** `commitIndex` follows whatever a single follower stores. */
const commitByOne = onServer((after, before, event) => {
  if (event._tag !== "MessageReceived" || event.message._tag !== "AppendEntriesAccepted") return after
  if (after.role._tag !== "Leader" || before.role._tag !== "Leader") return after
  const matched = Math.min(event.message.matchIndex, after.log.lastIndex)
  return matched > after.commitIndex ? { ...after, commitIndex: logIndex(matched) } : after
})

/** Every seventh order to the state machine of a leader holds another command than the log. */
const forgedApply = onOutput((output, after) =>
  output._tag === "ApplyEntries" && after.role._tag === "Leader" && output.entries[0]!.index % 7 === 0
    ? { ...output, entries: output.entries.map(forged) }
    : output
)

const withoutHardState = onOutput((output) =>
  output._tag === "Write" ? { ...output, hardState: undefined } : output
)

/** The write begins at the commit index, with what already stands there. */
const rewriteFromCommit = onOutput((output, _, before) => {
  if (output._tag !== "Write" || output.entries.length === 0 || before.role._tag !== "Follower") return output
  if (before.commitIndex <= before.log.lastIncludedIndex || output.truncateFrom !== undefined) return output
  const range = { from: before.commitIndex, through: before.log.lastIndex, bytesMax: Infinity }
  const kept = Log.entries(before.log, range)
  if (kept === Log.NotInMemory) return output
  return { ...output, truncateFrom: before.commitIndex, entries: [...kept, ...output.entries] }
})

/** Reads see a later or an earlier index than the true one. */
const withReadIndex = (by: 1 | -1): Mutation =>
  onOutput((output) =>
    output._tag === "AnswerReads"
      ? {
          ...output,
          answers: output.answers.map((answer) =>
            answer._tag === "Ready" ? { ...answer, readIndex: logIndex(answer.readIndex + by) } : answer
          )
        }
      : output
  )

export const mutants: { readonly [P in Checked]: Step } = {
  ElectionSafety: onMessage((message) =>
    message._tag === "RequestVoteResponse" ? { ...message, voteGranted: true } : message
  ),
  LeaderAppendOnly: onOutput((output, after) =>
    output._tag === "Write" && after.role._tag === "Leader" && output.entries.length > 0
      ? { ...output, truncateFrom: output.entries[0]!.index }
      : output
  ),
  LogMatching: onMessage((message) =>
    message._tag === "AppendEntriesRequest" && message.entries.some(({ index }) => index === 20)
      ? { ...message, entries: message.entries.map(forged) }
      : message
  ),
  LeaderCompleteness: onMessage((message) =>
    message._tag === "RequestVoteRequest" || message._tag === "PreVoteRequest"
      ? { ...message, lastLogTerm: term(1_000_000) }
      : message
  ),
  CommitNeverFalls: onServer((after, before) =>
    after.commitIndex % 10 === 9 && after.commitIndex === before.commitIndex
      ? { ...after, commitIndex: logIndex(after.commitIndex - 1) }
      : after
  ),
  OwnTermCommit: commitByOne,
  QuorumStoresCommitted: commitByOne,
  StateMachineSafety: forgedApply,
  TermNeverFalls: onServer((after, before) =>
    after.currentTerm === before.currentTerm && after.currentTerm > 1 && after.now % 50 === 0
      ? { ...after, currentTerm: term(after.currentTerm - 1) }
      : after
  ),
  OneVotePerTerm: (server, event) =>
    event._tag === "MessageReceived" &&
    event.message._tag === "RequestVoteRequest" &&
    server.role._tag === "Follower"
      ? step({ ...server, votedFor: undefined }, event)
      : step(server, event),
  PersistBeforeReply: onOutput((output) =>
    output._tag === "SendMessage" ? { ...output, after: writeId(0) } : output
  ),
  ApplyOrder: onOutput((output) =>
    output._tag === "ApplyEntries" && output.entries.length > 1
      ? { ...output, entries: output.entries.slice(1) }
      : output
  ),
  CommittedNeverRewritten: rewriteFromCommit,
  LogShape: withoutHardState,
  ConfigurationSafety: onServer((after) => ({
    ...after,
    configuration: Configurations.at(after.log.configurations, after.commitIndex).configuration
  })),
  SnapshotSound: onOutput((output) =>
    output._tag === "TakeSnapshot"
      ? { ...output, snapshot: { ...output.snapshot, lastIncludedTerm: term(1_000_000) } }
      : output
  ),
  ExactlyOnce: (server, event) =>
    step(
      server,
      event._tag === "CommandsProposed" && server.role._tag === "Leader"
        ? { ...event, proposals: [...event.proposals, ...event.proposals] }
        : event
    ),
  AcknowledgedIsCommitted: onOutput((output) =>
    output._tag === "AnswerProposals"
      ? {
          ...output,
          answers: output.answers.map((answer) =>
            answer._tag === "Appended" ? { ...answer, index: logIndex(answer.index + 1) } : answer
          )
        }
      : output
  ),
  ReplicaEquality: forgedApply,
  CallsEnd: onOutput((output) =>
    output._tag === "AnswerReads"
      ? { ...output, answers: output.answers.filter(({ _tag }) => _tag !== "TimedOut") }
      : output
  ),
  ReadsSeeCommitted: withReadIndex(-1),
  RealTimeOrder: forgedApply,
  Linearizability: forgedApply
}

/** What is checked at the end of runs, and by core itself. */
export const endings: { readonly [P in Exclude<Property, Checked>]: Step } = {
  LeaderInTime: (server, event) =>
    event._tag === "TimeAdvanced" && server.role._tag !== "Leader" && server.commitIndex > 20
      ? [server, []]
      : step(server, event),
  CommitInTime: onOutput((output, after) =>
    output._tag === "SendMessage" && output.message._tag === "AppendEntriesRequest" && after.commitIndex > 20
      ? undefined
      : output
  ),
  ReplicasConverge: onOutput((output, after) =>
    output._tag === "ApplyEntries" && after.self.id === "s1" ? undefined : output
  ),
  LeaderStepsDown: (server, event) =>
    step(
      // It believes to have heard from everybody just now.
      server.role._tag === "Leader" ? { ...server, self: withoutCheckQuorum(server) } : server,
      event
    ),
  LeaderStays: (server, event) =>
    step({ ...server, self: { ...withoutCheckQuorum(server), options: rash(server) } }, event),
  // However far a snapshot has come, it begins anew.
  CatchesUp: onMessage((message) =>
    message._tag === "InstallSnapshotResponse" && !message.installed ? { ...message, nextOffset: 0 } : message
  ),
  ReadsWait: withReadIndex(1),
  // Whatever is applied is ordered again, at once.
  Livelock: (server, event) => {
    const [after, outputs] = step(server, event)
    return event._tag === "EntriesApplied" ? [server, [...outputs, again(event.through)]] : [after, outputs]
  },
  Invariant: (server, event) =>
    event._tag === "EntriesApplied" && event.through > 20
      ? step(server, { ...event, through: logIndex(event.through + 1) })
      : step(server, event)
}

const again = (through: LogIndex): Output => ({
  _tag: "ApplyEntries",
  after: writeId(0),
  entries: [{ index: through, term: term(1), kind: "Command", time: 0, payload: Uint8Array.of(1, 0, 0, 0) }]
})

const withoutCheckQuorum = ({ self }: Server): Server["self"] => ({
  ...self,
  options: { ...self.options, checkQuorum: false }
})

const rash = ({ self }: Server): Server["self"]["options"] => ({
  ...self.options,
  checkQuorum: false,
  preVote: false
})
