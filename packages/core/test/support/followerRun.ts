/**
 * One follower with a slow disk, and leaders that take turns overwriting each other's uncommitted entries.
 *
 * Made for what whole clusters seldom reach: entries written, overwritten and written again while the first
 * write is still in flight, with duplicates and old messages in between. The leaders are not simulated:
 * each log is a prefix of an older leader's with entries of the own term after it, which is all that Raft
 * allows, and what all later leaders keep may be committed.
 */
import { Arbitrary, Schema } from "effect"
import type { Entry } from "../../src/entry.ts"
import { logIndex, sequence, type ServerId, term } from "../../src/ids.ts"
import type { Message } from "../../src/message.ts"
import { checkers } from "../properties/checkers.ts"
import type { Property } from "../properties/property.ts"
import { Cluster, type Host } from "./Cluster.ts"
import type { Core } from "./core.ts"
import type { Counters } from "./counters.ts"
import { machineBytes } from "./machine.ts"

export interface Reign {
  /** Whose log it began with, counted back, and how much of that log's end it lacked. */
  readonly heir: number
  readonly lacks: number
  /** Entries of its own term. */
  readonly own: number
}

export interface Incident {
  readonly kind: (typeof incidents)[number]
  /** Which of the leaders, counted from the one whose turn it is. */
  readonly leader: number
  readonly start: number
  readonly count: number
}

export interface FollowerStory {
  readonly reigns: ReadonlyArray<Reign>
  readonly incidents: ReadonlyArray<Incident>
}

const incidents = [
  "Append",
  "Append",
  "Append",
  "Append",
  "Heartbeat",
  "Vote",
  "Persist",
  "Persist",
  "Apply",
  "Chunk",
  "Chunk",
  "Crash"
] as const

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const upTo = (maximum: number) => between(0, maximum)

const reign = Arbitrary.schema(Schema.Struct({ heir: upTo(3), lacks: upTo(4), own: between(1, 3) }))

const incident: Arbitrary.Arbitrary<Incident> = Arbitrary.map(
  Arbitrary.schema(
    Schema.Struct({ roll: upTo(incidents.length - 1), leader: upTo(9), start: upTo(7), count: upTo(4) })
  ),
  ({ roll, ...rest }) => ({ kind: incidents[roll]!, ...rest })
)

export const followerStories: Arbitrary.Arbitrary<FollowerStory> = Arbitrary.all({
  reigns: Arbitrary.array(reign, { minLength: 1, maxLength: 8 }),
  incidents: Arbitrary.array(incident, { maxLength: 60 })
})

/** What one follower alone can break. */
export const followerProperties = [
  "LogMatching",
  "StateMachineSafety",
  "OneVotePerTerm",
  "TermAndCommitNeverFall",
  "NoPromiseBeforeItsWrite",
  "AfterNamesTheWrite",
  "PromisesSurviveCrashes",
  "OneResponsePerRequest",
  "SnapshotIsSound",
  "DeadlineNeverLies"
] satisfies ReadonlyArray<Property>

export interface FollowerRun {
  readonly core: Core
  readonly story: FollowerStory
  readonly properties: ReadonlyArray<(typeof followerProperties)[number]>
}

/** Plays a story; throws a `PropertyViolation` where a property breaks. */
export const runFollower = ({ core, properties, story }: FollowerRun): Counters => {
  const observers = properties.map((property) => checkers[property]())
  const cluster = new Cluster({
    core,
    size: 3,
    observers,
    options: { snapshotEntriesMax: 2, trailingEntries: 0 }
  })
  const host = cluster.hosts[0]!
  const leaders = makeLeaders(cluster, story.reigns)
  let count = 0
  for (const [position, { kind, ...details }] of story.incidents.entries()) {
    cluster.restart(host, count % 2 === 0)
    // The turn passes from leader to leader; now and then an old one is heard of again.
    const turn = Math.floor((position * leaders.length) / story.incidents.length)
    const leader = leaders[Math.max(0, turn - (details.leader < 7 ? 0 : details.leader - 6))]!
    count++
    switch (kind) {
      case "Append":
      case "Heartbeat":
      case "Vote":
        cluster.deliver(messageFrom(leader, { kind, ...details, number: count }))
        if (details.leader % 2 === 0) cluster.endTurn(host)
        break
      case "Chunk":
        for (const chunk of chunksFrom(cluster, leader, { ...details, number: count })) {
          cluster.deliver(chunk)
          if (details.leader % 2 === 0) cluster.endTurn(host)
        }
        break
      case "Persist":
        cluster.persist(host, 1 + (details.count % 2), details.start > 1)
        break
      case "Apply":
        cluster.save(host)
        cluster.apply(host, details.count + 1)
        cluster.obeySnapshotOrder(host)
        cluster.answerRead(host, details.start === 0)
        break
      case "Crash":
        if (details.start > 4) cluster.crash(host, details.count % 3)
        break
    }
  }
  return cluster.counters
}

interface Leader {
  readonly id: ServerId
  readonly term: number
  readonly log: ReadonlyArray<Entry>
  /** What it and all later leaders hold alike. */
  readonly commitIndex: number
}

const makeLeaders = (cluster: Cluster, reigns: ReadonlyArray<Reign>): ReadonlyArray<Leader> => {
  const logs: Array<ReadonlyArray<Entry>> = []
  for (const [position, { heir, lacks, own }] of reigns.entries()) {
    const inherited = (logs[position - 1 - heir] ?? []).slice(0, lacks === 0 ? undefined : -lacks)
    logs.push([
      ...inherited,
      ...Array.from({ length: own }, (_, after) => entry(inherited, position + 1, after))
    ])
  }
  const leaders = logs.map((log, position) => ({
    id: cluster.hosts[1 + (position % 2)]!.id,
    term: position + 1,
    log,
    commitIndex: log.findIndex((own, at) =>
      logs.slice(position).some((later) => later[at]?.term !== own.term)
    )
  }))
  for (const leader of leaders) remember(cluster, cluster.hostOf(leader.id), leader)
  return leaders.map((leader) => ({
    ...leader,
    commitIndex: leader.commitIndex < 0 ? leader.log.length : leader.commitIndex
  }))
}

const entry = (inherited: ReadonlyArray<Entry>, ownTerm: number, after: number): Entry => ({
  index: logIndex(inherited.length + 1 + after),
  term: term(ownTerm),
  kind: "Command",
  time: ownTerm * 10 + after,
  payload: Uint8Array.of(ownTerm, after)
})

/** Lets the checkers know the log of this term's leader. */
const remember = (cluster: Cluster, host: Host, leader: Omit<Leader, "commitIndex">): void => {
  const { core } = cluster
  const empty = { ...host.server!.log }
  const log = core.Log.append(empty, leader.log)
  cluster.history.leaders.set(term(leader.term), { ...host.server!, currentTerm: term(leader.term), log })
}

const headerFrom = (leader: Leader, number: number) => ({
  group: 0 as Message["group"],
  from: leader.id,
  incarnation: 1 as Message["incarnation"],
  to: "s0" as ServerId,
  term: term(leader.term),
  sequence: sequence(number)
})

const chunkBytes = 4

/** Some chunks in a row of a snapshot that this leader took, or all of it at once. */
const chunksFrom = (
  { bootstrap, core }: Cluster,
  leader: Leader,
  what: Omit<Incident, "kind"> & { readonly number: number }
): ReadonlyArray<Message> => {
  const lastIncludedIndex = leader.commitIndex - (what.leader % 3)
  const last = leader.log[lastIncludedIndex - 1]
  if (last === undefined) return []
  const terms = leader.log.slice(0, lastIncludedIndex).map((entry) => Number(entry.term))
  const bytes = Uint8Array.from(machineBytes(terms, 16 * leader.term + lastIncludedIndex))
  const length = what.count === 4 ? bytes.length : chunkBytes
  const snapshot = {
    lastIncludedIndex: logIndex(lastIncludedIndex),
    lastIncludedTerm: last.term,
    time: last.time,
    configuration: bootstrap,
    configurationIndex: logIndex(0),
    size: bytes.length
  }
  const first = length === bytes.length ? 0 : what.start % 4
  return Array.from({ length: what.count === 4 ? 1 : 1 + what.count }, (_, position) => {
    const offset = Math.min((first + position) * length, bytes.length)
    const request = {
      _tag: "InstallSnapshotRequest",
      ...headerFrom(leader, what.number),
      snapshot,
      offset
    } as const
    return core.withChunk(request, bytes.slice(offset, offset + length))
  })
}

const messageFrom = (leader: Leader, what: Incident & { readonly number: number }): Message => {
  const header = headerFrom(leader, what.number)
  const start = Math.min(what.start, leader.log.length)
  if (what.kind === "Vote") {
    const last = {
      lastLogIndex: logIndex(leader.log.length),
      lastLogTerm: leader.log.at(-1)?.term ?? term(0)
    }
    return { _tag: "RequestVoteRequest", ...header, ...last, leadershipTransfer: false }
  }
  if (what.kind === "Heartbeat") return { _tag: "HeartbeatRequest", ...header, leaderCommit: logIndex(0) }
  return {
    _tag: "AppendEntriesRequest",
    ...header,
    prevLogIndex: logIndex(start),
    prevLogTerm: leader.log[start - 1]?.term ?? term(0),
    entries: leader.log.slice(start, start + what.count),
    leaderCommit: logIndex(leader.commitIndex)
  }
}
