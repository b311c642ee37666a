/**
 * Messages that no server of a scenario sends: of leaders that are long gone, or that a scenario does without.
 */
import {
  type AppendEntriesRequest,
  Configuration,
  encodeConfiguration,
  type Entry,
  groupId,
  type Header,
  type HeartbeatRequest,
  incarnation,
  type InstallSnapshotRequest,
  logIndex,
  type RequestVoteRequest,
  sequence,
  serverId,
  term,
  withChunk
} from "@effect-raft/core"
import { bytesOf, command } from "./notation.ts"

interface Route {
  readonly from: string
  readonly to: string
  readonly term: number
  readonly sequence?: number
}

const headerOf = ({ from, sequence: number = 1_000, term: of, to }: Route): Header => ({
  group: groupId(0),
  from: serverId(from),
  incarnation: incarnation(1),
  to: serverId(to),
  term: term(of),
  sequence: sequence(number)
})

export interface AppendOf extends Route {
  /** Index and term before the first entry. */
  readonly prev?: readonly [index: number, term: number]
  readonly entries?: ReadonlyArray<Entry>
  readonly leaderCommit?: number
}

export const append = ({
  entries = [],
  leaderCommit = 0,
  prev = [0, 0],
  ...route
}: AppendOf): AppendEntriesRequest => ({
  ...headerOf(route),
  _tag: "AppendEntriesRequest",
  prevLogIndex: logIndex(prev[0]),
  prevLogTerm: term(prev[1]),
  entries,
  leaderCommit: logIndex(leaderCommit)
})

export const heartbeat = ({
  leaderCommit = 0,
  ...route
}: Route & { readonly leaderCommit?: number }): HeartbeatRequest => ({
  ...headerOf(route),
  _tag: "HeartbeatRequest",
  leaderCommit: logIndex(leaderCommit)
})

/** `last`: index and term of the candidate's last entry. */
export const requestVote = ({
  last = [0, 0],
  ...route
}: Route & { readonly last?: readonly [index: number, term: number] }): RequestVoteRequest => ({
  ...headerOf(route),
  _tag: "RequestVoteRequest",
  lastLogIndex: logIndex(last[0]),
  lastLogTerm: term(last[1]),
  leadershipTransfer: false
})

const ofVoters = (voters: string): Configuration.Configuration =>
  Configuration.ofVoters(Array.from(voters, (id) => serverId(id)))

export const configurationEntry = (index: number, of: number, voters: string): Entry => ({
  ...command(index, of, ""),
  kind: "Configuration",
  payload: encodeConfiguration(ofVoters(voters))
})

export interface SnapshotOf extends Route {
  /** Index and term of the last entry that it stands for. */
  readonly last: readonly [index: number, term: number]
  readonly voters: string
  /** The commands that its state machine holds: `"x y"`. */
  readonly machine: string
}

/** A whole snapshot in one message. */
export const snapshot = ({ last, machine, voters, ...route }: SnapshotOf): InstallSnapshotRequest => {
  const bytes = bytesOf(machine)
  const metadata = {
    lastIncludedIndex: logIndex(last[0]),
    lastIncludedTerm: term(last[1]),
    time: 0,
    configuration: ofVoters(voters),
    configurationIndex: logIndex(0),
    size: bytes.length
  }
  const request = {
    ...headerOf(route),
    _tag: "InstallSnapshotRequest" as const,
    snapshot: metadata,
    offset: 0
  }
  return withChunk(request, bytes)
}
