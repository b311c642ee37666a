/**
 * One server of the cluster as a value (Figure 2 "State").
 *
 * Each field says what it means and who changes it. `restart` makes the first
 * value of a life; `step` makes every other.
 */
import * as Configuration from "./configuration.ts"
import { type Forwards, forwardsAtRestart } from "./forwards.ts"
import {
  type GroupId,
  type Incarnation,
  type LogIndex,
  logIndex,
  type Sequence,
  type ServerId,
  type Term,
  type WriteId,
  writeId
} from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as AppendList from "./log/appendList.ts"
import * as Configurations from "./log/configurations.ts"
import * as Log from "./log/log.ts"
import type { ServerOptions } from "./options.ts"
import type { PersistentState } from "./persistentState.ts"
import * as Random from "./random.ts"
import type { Role } from "./role.ts"
import type { Snapshots } from "./snapshot.ts"

/** What never changes during a life. */
export interface Self {
  readonly id: ServerId
  readonly group: GroupId
  readonly incarnation: Incarnation
  readonly options: ServerOptions
  /** Names the storage that this life began with; `undefined` if nobody said. */
  readonly storageId: string | undefined
}

/** How far the state machine has come. */
export interface Apply {
  /** The state machine holds everything through here. Changed by `EntriesApplied` and `SnapshotRestored` alone. */
  readonly lastApplied: LogIndex
  /** An order to apply, or to restore a snapshot, through here is open; equal to `lastApplied` when none is. */
  readonly orderedThrough: LogIndex
  /** The open `ReadLog` that applying waits for; 0 if none. */
  readonly readId: number
  /** After a failed read: not before this time (ms). */
  readonly retryAt: number
}

/** A write that storage has not confirmed. */
export interface WriteInFlight {
  readonly id: WriteId
  readonly issuedAt: number
  /** Last index of the log once this write and all before it are durable. */
  readonly lastIndex: LogIndex
  /** It removed everything from here on; `undefined` for most. */
  readonly truncateFrom: LogIndex | undefined
}

/** A regular heartbeat of some leader, and what it proved (`freshness.ts`). All times on this server's clock (ms). */
export interface Beat {
  readonly term: Term
  readonly sequence: Sequence
  readonly arrivedAt: number
  /** It left its leader after this; `-Infinity` if nothing shows when. */
  readonly sentAfter: number
  /** Everything acknowledged by then lies at or below `commitIndex`; `-Infinity`: nothing is known. */
  readonly freshAt: number
  readonly commitIndex: LogIndex
}

/** What is known for reads asked for here that wait for something else than a quorum, and commands that were forwarded. */
export interface Reads {
  /** The leader was asked for an index they may see. Oldest first. */
  readonly forwarded: ReadonlyArray<{
    readonly sequence: Sequence
    readonly leader: ServerId
    readonly ids: ReadonlyArray<number>
    /** Answered by this time (ms). */
    readonly deadline: number
  }>
  readonly confirmed: ReadonlyArray<ConfirmedReads>
  readonly forwards: Forwards
  /** Oldest first; changed by the regular heartbeats of leaders, and emptied when the clock goes back. */
  readonly beats: ReadonlyArray<Beat>
}

/** Reads that may see the state machine once it holds everything through `readIndex`. */
export interface ConfirmedReads {
  readonly ids: ReadonlyArray<number>
  readonly readIndex: LogIndex
  /** Answered by this time (ms). */
  readonly deadline: number
}

export interface Writes {
  /** The last write issued. */
  readonly lastId: WriteId
  /**
   * The last write that carries the hard state. One above `lastId` while a
   * change of it still waits for its write, within a step.
   */
  readonly hardStateId: WriteId
  /** Storage confirmed everything through here. */
  readonly persistedThrough: WriteId
  /** The log as it is now is durable through here: what may be promised, counted and applied. */
  readonly durableIndex: LogIndex
  /** Issued and not confirmed, oldest first. */
  readonly inFlight: AppendList.AppendList<WriteInFlight>
}

/**
 * **Size matters**: a step copies this object once or twice, and V8 copies
 * objects of up to 20 fields many times faster than larger ones.
 */
export interface Server {
  readonly self: Self
  /** The latest `at` of any event (ms). */
  readonly now: number
  /** Latest term seen (§5.1). Never falls; changed by the term rule and by campaigning, each with a write. */
  readonly currentTerm: Term
  /** Candidate that got this server's vote in `currentTerm`. Set at most once per term, with a write. */
  readonly votedFor: ServerId | undefined
  readonly log: Log.Log
  /** The configuration in force: the last one that the log holds. Without members when storage was never bootstrapped. */
  readonly configuration: Configuration.Configuration
  /** Highest index known committed. Never falls in a life; what lies at or below it never changes. */
  readonly commitIndex: LogIndex
  readonly apply: Apply
  readonly role: Role
  readonly reads: Reads
  readonly random: Random.RandomState
  /** The last request's number. */
  readonly lastSequence: Sequence
  /** The last `ReadLog`'s number. */
  readonly lastReadId: number
  readonly writes: Writes
  readonly snapshots: Snapshots
  /** Storage failed: this server takes no further part. Final. */
  readonly storageFailed: boolean
}

export interface RestartOptions {
  readonly id: ServerId
  readonly group: GroupId
  /** Fresh randomness from the driver: names this life and keeps its timeouts from repeating the last one's. */
  readonly incarnation: Incarnation
  readonly options: ServerOptions
  readonly persistent: PersistentState
  /**
   * Names the storage that `persistent` came from: with another one than its configuration names, a server takes no
   * part in elections. Without it, nothing is compared.
   */
  readonly storageId?: string
  /**
   * Through which index the state machine holds the log already. One that is
   * behind the snapshot in storage is restored from it before this.
   */
  readonly lastApplied: LogIndex
  /** The driver's clock now (ms). */
  readonly at: number
}

/** A server as it comes back from stable storage, or begins on empty storage. TLA+: Restart. */
export const restart = (from: RestartOptions): Server => {
  const { at, id, options, persistent } = from
  const log = Log.fromPersistent(persistent)
  const { group, incarnation, storageId } = from
  const self = { id, group, incarnation, options, storageId }
  const { configuration } = Configurations.inForce(log.configurations)
  const random = Random.next(Random.seed(id, incarnation))
  const timeout = electionTimeout({ configuration, random, self })
  const lastApplied = logIndex(Math.max(from.lastApplied, persistent.snapshot?.lastIncludedIndex ?? 0))
  invariant(lastApplied <= log.lastIndex, "the state machine holds nothing that the log does not")
  invariant(persistent.hardState.currentTerm >= log.lastTerm, "no entry is newer than the stored term")
  return {
    self,
    now: at,
    currentTerm: persistent.hardState.currentTerm,
    votedFor: persistent.hardState.votedFor,
    log,
    configuration,
    commitIndex: lastApplied,
    apply: { lastApplied, orderedThrough: lastApplied, readId: 0, retryAt: 0 },
    role: {
      _tag: "Follower",
      leaderId: undefined,
      electionTimeout: timeout,
      electionDeadline: at + timeout,
      // Before it stopped, it may have told a leader that it follows.
      noVoteBefore: options.checkQuorum ? at + options.electionTimeoutMin : at
    },
    reads: { forwarded: [], confirmed: [], forwards: forwardsAtRestart(persistent.hardState, id), beats: [] },
    random,
    lastSequence: 0 as Sequence,
    lastReadId: 0,
    writes: {
      lastId: writeId(0),
      hardStateId: writeId(0),
      persistedThrough: writeId(0),
      durableIndex: log.lastIndex,
      inFlight: AppendList.make()
    },
    snapshots: { latest: persistent.snapshot, taking: "No", bytesBefore: 0, incoming: undefined },
    storageFailed: false
  }
}

type Waiting = Pick<Server, "configuration" | "random" | "self">

/**
 * How long to wait for a leader (ms). Each candidacy and each granted vote moves
 * `random` on, so that split votes resolve (§5.2).
 *
 * Who has preferred voters before it waits a whole range longer for each, up to
 * three, so that one of them wins if it can. Longer is always safe.
 */
export const electionTimeout = ({ configuration, random, self }: Waiting): number => {
  const { electionTimeoutMax, electionTimeoutMin } = self.options
  const rank = Math.min(rankMax, Configuration.votersPreferredTo(configuration, self.id))
  return drawTimeout(random, self.options) + rank * (electionTimeoutMax - electionTimeoutMin)
}

const rankMax = 3

const drawTimeout = (random: Random.RandomState, options: ServerOptions): number =>
  Random.between(random, { min: options.electionTimeoutMin, max: options.electionTimeoutMax })

/** What replication changes, and nothing else does on its way. */
type Replicated = Pick<Server, "log" | "commitIndex" | "apply" | "role" | "lastSequence" | "writes">

/** The server with these: copied field by field, which costs a third of a spread and is most of what replication does. */
export const withReplicated = (server: Server, changed: Replicated): Server => ({
  self: server.self,
  now: server.now,
  currentTerm: server.currentTerm,
  votedFor: server.votedFor,
  log: changed.log,
  configuration: server.configuration,
  commitIndex: changed.commitIndex,
  apply: changed.apply,
  role: changed.role,
  reads: server.reads,
  random: server.random,
  lastSequence: changed.lastSequence,
  lastReadId: server.lastReadId,
  writes: changed.writes,
  snapshots: server.snapshots,
  storageFailed: server.storageFailed
})

/** The server at a later time: copied field by field for the same reason, in every turn. */
export const withNow = (server: Server, now: number): Server => ({
  self: server.self,
  now,
  currentTerm: server.currentTerm,
  votedFor: server.votedFor,
  log: server.log,
  configuration: server.configuration,
  commitIndex: server.commitIndex,
  apply: server.apply,
  role: server.role,
  reads: server.reads,
  random: server.random,
  lastSequence: server.lastSequence,
  lastReadId: server.lastReadId,
  writes: server.writes,
  snapshots: server.snapshots,
  storageFailed: server.storageFailed
})

/** The leader of `currentTerm`, as far as this server knows. */
export const leaderId = (server: Server): ServerId | undefined => {
  switch (server.role._tag) {
    case "Leader":
      return server.self.id
    case "PreCandidate":
    case "Candidate":
      return undefined
    case "Follower":
      return server.role.leaderId
  }
}
