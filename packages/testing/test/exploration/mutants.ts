/**
 * Reducers with one bug planted: the library's own, with something changed on the way in or out.
 */
import {
  InvariantViolation,
  isRequest,
  Log,
  logIndex,
  type Event,
  type Message,
  type Output,
  type Server,
  term,
  writeId
} from "@effect-raft/core"
import type { ExploreOptions } from "../../src/exploration/Explorer.ts"
import { libraryReducer, type Reducer } from "../../src/exploration/reducer.ts"

export interface Mutant {
  readonly name: string
  /** The property that the counterexample must name. */
  readonly breaks: string
  /** How long a shortest one is. */
  readonly steps: number
  readonly options: ExploreOptions
}

const { restart, step } = libraryReducer

/** Shows the reducer another message than the one that came. */
const hearing = (change: (message: Message, server: Server) => Message): Reducer => ({
  restart,
  step: (server, event) =>
    step(
      server,
      event._tag === "MessageReceived" ? { ...event, message: change(event.message, server) } : event
    )
})

/** Changes what the reducer orders. */
const ordering = (change: (output: Output) => Output): Reducer => ({
  restart,
  step: (server, event) => {
    const [next, outputs] = step(server, event)
    return [next, outputs.map(change)]
  }
})

/** Changes the server that the reducer makes. */
const becoming = (change: (server: Server, event: Event) => Server): Reducer => ({
  restart,
  step: (server, event) => {
    const [next, outputs] = step(server, event)
    return [change(next, event), outputs]
  }
})

const atOnce = (output: Output, tag: Message["_tag"]): Output =>
  output._tag === "SendMessage" && output.message._tag === tag ? { ...output, after: writeId(0) } : output

/** A leader that commits whatever a majority of three stores, counting itself through `own`. */
const committing = (own: (server: Server) => number): Reducer =>
  becoming((server) => {
    if (server.role._tag !== "Leader") return server
    const stored = [own(server), ...server.role.progress.map(({ matchIndex }) => matchIndex)]
    const reached = stored.toSorted((left, right) => right - left)[Math.floor(stored.length / 2)] ?? 0
    return reached > server.commitIndex ? { ...server, commitIndex: logIndex(reached) } : server
  })

const elections: ReadonlyArray<Mutant> = [
  {
    name: "a granted vote leaves before it is durable",
    breaks: "NoPromiseBeforeItsWrite",
    steps: 3,
    options: { reducer: ordering((output) => atOnce(output, "RequestVoteResponse")) }
  },
  {
    name: "a refused vote counts",
    breaks: "ElectionSafety",
    steps: 8,
    options: {
      reducer: hearing((message) =>
        message._tag === "RequestVoteResponse" ? { ...message, voteGranted: true } : message
      )
    }
  },
  {
    name: "the vote is forgotten at a restart",
    breaks: "OneVotePerTerm",
    steps: 7,
    options: {
      reducer: {
        step,
        restart: (options) => {
          const { currentTerm } = options.persistent.hardState
          const persistent = { ...options.persistent, hardState: { currentTerm, votedFor: undefined } }
          return restart({ ...options, persistent })
        }
      }
    }
  },
  {
    name: "votes without looking whose log is up to date",
    breaks: "LeaderCompleteness",
    steps: 10,
    options: {
      disk: "Prompt",
      reducer: hearing((message) =>
        message._tag === "RequestVoteRequest"
          ? { ...message, lastLogTerm: term(9), lastLogIndex: logIndex(9) }
          : message
      )
    }
  },
  {
    name: "heeds answers of an older term",
    breaks: "OldAnswersAreNothing",
    steps: 11,
    options: {
      disk: "Prompt",
      reducer: hearing((message, { currentTerm }) =>
        !isRequest(message) && message.term < currentTerm ? { ...message, term: currentTerm } : message
      )
    }
  }
]

const replication: ReadonlyArray<Mutant> = [
  {
    name: "a follower takes the first of two entries for one of an older term",
    breaks: "LogMatching",
    steps: 7,
    options: {
      disk: "Prompt",
      bounds: { servers: 2, entriesMax: 2 },
      reducer: hearing((message) =>
        message._tag === "AppendEntriesRequest" && message.entries.length > 1
          ? {
              ...message,
              entries: message.entries.map((entry) =>
                entry.index === 1 ? { ...entry, term: term(0) } : entry
              )
            }
          : message
      )
    }
  },
  {
    name: "a leader drops its last entry when a heartbeat is due",
    breaks: "LeaderAppendOnly",
    steps: 7,
    options: {
      reducer: becoming((server, event) =>
        server.role._tag === "Leader" && event._tag === "TimeAdvanced" && server.log.lastIndex > 0
          ? { ...server, log: Log.truncate(server.log, server.log.lastIndex) }
          : server
      )
    }
  },
  {
    name: "entries are acknowledged before they are durable",
    breaks: "NoPromiseBeforeItsWrite",
    steps: 8,
    options: { reducer: ordering((output) => atOnce(output, "AppendEntriesAccepted")) }
  },
  {
    name: "a leader commits by counting, whatever the entry's term",
    breaks: "OwnTermCommit",
    steps: 16,
    options: { bounds: { servers: 2 }, reducer: committing(({ writes }) => writes.durableIndex) }
  },
  {
    name: "a leader counts itself through its last index",
    breaks: "QuorumStoresWhatIsCommitted",
    steps: 10,
    options: { reducer: committing(({ log }) => log.lastIndex) }
  },
  {
    name: "a late heartbeat takes commitment back",
    breaks: "TermAndCommitNeverFall",
    steps: 14,
    options: {
      bounds: { termsMax: 1 },
      reducer: becoming((server, event) =>
        event._tag === "MessageReceived" && event.message._tag === "HeartbeatRequest"
          ? { ...server, commitIndex: event.message.leaderCommit }
          : server
      )
    }
  },
  {
    name: "a follower commits all that it is sent",
    breaks: "StateMachineSafety",
    steps: 8,
    options: {
      reducer: becoming((server, event) =>
        event._tag === "MessageReceived" && event.message._tag === "AppendEntriesRequest"
          ? { ...server, commitIndex: server.log.lastIndex }
          : server
      )
    }
  },
  {
    name: "a server takes for durable what it has just ordered",
    breaks: "LogShape",
    steps: 6,
    options: {
      reducer: becoming((server) => ({
        ...server,
        writes: { ...server.writes, durableIndex: server.log.lastIndex }
      }))
    }
  }
]

const unsound: ReadonlyArray<Mutant> = [
  {
    name: "the reducer stops at an invariant of its own",
    breaks: "NoSecondTerm",
    steps: 2,
    options: {
      reducer: becoming((server) => {
        if (server.currentTerm > 1) throw new InvariantViolation("NoSecondTerm")
        return server
      })
    }
  },
  {
    name: "the reducer throws",
    breaks: "the reducer is total: RangeError: no leader here",
    steps: 5,
    options: {
      reducer: becoming((server) => {
        if (server.role._tag === "Leader") throw new RangeError("no leader here")
        return server
      })
    }
  }
]

export const mutants: ReadonlyArray<Mutant> = [...elections, ...replication, ...unsound]
