/**
 * Reducers in one place, without fibers: a bag of messages for a network, virtual disks, state machines that
 * only count, and a clock for each server.
 *
 * Nothing happens by itself. Whoever holds the cluster decides what is delivered, lost, repeated, made
 * durable, applied, read back or crashed, and when. The cluster keeps the driver's part of the contract: an
 * output leaves once every write up to its `after` is durable.
 */
import { type Configuration, isVoter } from "../../src/configuration.ts"
import type { Entry } from "../../src/entry.ts"
import type { Event, ReadConsistency } from "../../src/event.ts"
import { type LogIndex, logIndex, type ServerId, serverId } from "../../src/ids.ts"
import type { Message } from "../../src/message.ts"
import type { ServerOptions } from "../../src/options.ts"
import type {
  ApplyEntries,
  InstallSnapshot,
  Output,
  ReadLog,
  SendMessage,
  SendSnapshot,
  TakeSnapshot
} from "../../src/output.ts"
import type { Server } from "../../src/server.ts"
import type { Core } from "./core.ts"
import { type Counters, countElections, countForwards, noCounters } from "./counters.ts"
import { History } from "./History.ts"
import { shareTime } from "./sharedTime.ts"
import { machineBytes, termsIn } from "./machine.ts"
import { type StoredSnapshot, VirtualDisk } from "./VirtualDisk.ts"

/** One server with everything around it. */
export interface Host {
  readonly id: ServerId
  readonly disk: VirtualDisk
  /** `undefined` while it is down. */
  server: Server | undefined
  clock: number
  lives: number
  /** Outputs that wait for their write. */
  held: ReadonlyArray<Held>
  /** What the state machine holds. */
  applied: LogIndex
  /** The term of every entry in it, from index 1 on. */
  terms: ReadonlyArray<number>
  /** The open order to apply. */
  order: ApplyEntries | undefined
  /** The open order to take a snapshot, or to take one in. */
  snapshotOrder: TakeSnapshot | InstallSnapshot | undefined
  /** A snapshot that was taken and is not saved. */
  saving: StoredSnapshot | undefined
  reads: ReadonlyArray<OpenRead>
}

/** Outputs that may wait for a write. */
export type Held = SendMessage | SendSnapshot | ApplyEntries | TakeSnapshot | InstallSnapshot | ReadLog

/** What a read found at once; its answer may come when the log has long changed. */
export interface OpenRead {
  readonly id: number
  readonly entries: ReadonlyArray<Entry>
}

export interface Stepped {
  readonly cluster: Cluster
  readonly host: Host
  readonly before: Server
  readonly event: Event
  readonly after: Server
  readonly outputs: ReadonlyArray<Output>
}

/** What a property may look at. Each method throws if its property is violated. */
export interface Observer {
  /** After every step, before anything that it ordered. */
  readonly stepped?: (step: Stepped) => void
  /** Just before an output happens. */
  readonly released?: (cluster: Cluster, host: Host, output: Held) => void
  /** After more of a disk became durable. */
  readonly persisted?: (cluster: Cluster, host: Host) => void
  readonly restarted?: (cluster: Cluster, host: Host) => void
  /** After a state machine took a snapshot in. */
  readonly restored?: (cluster: Cluster, host: Host) => void
}

export interface ClusterOptions {
  readonly core: Core
  readonly size: number
  readonly observers: ReadonlyArray<Observer>
  readonly options?: Partial<ServerOptions>
  /** Who is what; all of them vote, unless told. */
  readonly configuration?: (ids: ReadonlyArray<ServerId>) => Configuration
  /** Servers besides, with empty storage, that belong to nothing until they are added. */
  readonly spares?: number
}

/** Small limits, so that short runs meet every one of them. */
export const smallOptions = {
  heartbeatInterval: 100,
  electionTimeoutMin: 300,
  electionTimeoutMax: 600,
  preVote: false,
  checkQuorum: false,
  noOp: false,
  forwarding: true,
  proposalTimeout: 2_000,
  clockDriftBound: undefined,
  readTimeout: 1_000,
  storageStallTimeout: 2_000,
  appendBytesMax: 120,
  inflightMessagesMax: 3,
  inflightBytesMax: 300,
  applyBytesMax: 120,
  uncommittedEntriesMax: 40,
  uncommittedBytesMax: 1_600,
  promotionLagEntriesMax: 6,
  memoryEntriesMax: 8,
  snapshotEntriesMax: 7,
  snapshotBytesMax: 400,
  trailingEntries: 2,
  chunkBytesMax: 10,
  inflightChunksMax: 2
} satisfies ServerOptions

/** Servers that forget almost all of their logs, so that whoever misses a little needs a snapshot, in many chunks. */
export const forgetful = {
  snapshotEntriesMax: 2,
  trailingEntries: 0,
  chunkBytesMax: 4
} satisfies Partial<ServerOptions>

/** As forgetful, but a snapshot is one chunk, so that a single old message brings all of it. */
export const wholesale = { ...forgetful, chunkBytesMax: 1_000 } satisfies Partial<ServerOptions>

/** The bag holds the newest messages; older ones are lost. */
const bagMessagesMax = 150
const oldForwardsMax = 30
const tailEntriesMax = 4

export class Cluster {
  readonly core: Core
  readonly hosts: ReadonlyArray<Host>
  readonly history: History
  readonly counters: Counters = noCounters()
  readonly options: ServerOptions
  /** The first configuration. */
  readonly bootstrap: Configuration
  /** How long the cluster has run (ms), if its clocks keep within a declared bound. Otherwise each goes its own way. */
  readonly elapsed: () => number
  /** Messages under way, oldest first. */
  bag: ReadonlyArray<Message> = []
  /** Servers send on what they are asked to propose and do not lead. */
  forwards = false
  /** The newest messages about forwarded commands, delivered or not: any may come again, however late. */
  oldForwards: ReadonlyArray<Message> = []
  private readonly observers: ReadonlyArray<Observer>
  private proposals = 0
  private captures = 0
  private readsAsked = 0
  private transfers = 0

  constructor({ configuration, core, observers, options, size, spares = 0 }: ClusterOptions) {
    this.core = core
    this.observers = observers
    this.options = { ...smallOptions, ...options }
    this.history = new History(core)
    const ids = Array.from({ length: size + spares }, (_, position) => serverId(`s${position}`))
    this.bootstrap = (configuration ?? core.Configuration.ofVoters)(ids.slice(0, size))
    const snapshot = core.bootstrapSnapshot(this.bootstrap)
    this.hosts = ids.map((id, position) => ({
      id,
      disk: new VirtualDisk(position < size ? snapshot : undefined),
      server: undefined,
      clock: position * 1_000,
      lives: 0,
      held: [],
      applied: logIndex(0),
      terms: [],
      order: undefined,
      snapshotOrder: undefined,
      saving: undefined,
      reads: []
    }))
    const { clockDriftBound } = this.options
    this.elapsed = clockDriftBound === undefined ? () => 0 : shareTime(this.hosts, clockDriftBound)
    for (const host of this.hosts) this.restart(host, false)
  }

  hostOf(id: ServerId): Host {
    return this.hosts.find((host) => host.id === id)!
  }

  /** Tells a server something; a server that is down hears nothing. */
  tell(host: Host, event: Event): void {
    const before = host.server
    if (before === undefined) return
    const [after, outputs] = this.core.step(before, event)
    host.server = after
    this.counters.steps++
    this.history.record(before, after, outputs)
    for (const output of outputs) this.order(host, output)
    this.count(host, before, after, outputs)
    countElections(this.counters, { before, event, after, outputs })
    for (const observer of this.observers) {
      observer.stepped?.({ cluster: this, host, before, event, after, outputs })
    }
    this.release(host)
  }

  endTurn(host: Host): void {
    this.tell(host, { _tag: "TimeAdvanced", at: host.clock })
  }

  /** Sleeps until the server's own deadline, and wakes it. */
  wake(host: Host): void {
    if (host.server === undefined) return
    const deadline = this.core.nextDeadline(host.server)
    if (Number.isFinite(deadline)) host.clock = Math.max(host.clock, deadline)
    this.endTurn(host)
  }

  /** Sleeps until the election timer of a server that does not lead fires. */
  timeout(host: Host): void {
    const role = host.server?.role
    if (role === undefined || role._tag === "Leader") return
    host.clock = Math.max(host.clock, role.electionDeadline)
    this.endTurn(host)
  }

  take(message: Message): void {
    this.bag = this.bag.filter((other) => other !== message)
  }

  /** A message arrives, `lateness` milliseconds behind the clock of its receiver. */
  deliver(message: Message, lateness = 0): void {
    const host = this.hostOf(message.to)
    this.tell(host, { _tag: "MessageReceived", at: host.clock - lateness, message })
  }

  /** Up to `count` writes become durable; `isTold`: and the server hears of it. */
  persist(host: Host, count: number, isTold = true): void {
    if (host.server === undefined) return
    const known = host.server.writes.persistedThrough
    if (host.disk.inFlight.length === 0 && host.disk.durableThrough === known) return
    host.disk.complete(count)
    for (const observer of this.observers) observer.persisted?.(this, host)
    this.release(host)
    if (isTold) {
      this.tell(host, { _tag: "WritesPersisted", at: host.clock, through: host.disk.durableThrough })
    }
  }

  /** Somebody asks this server to hand its leadership to `target`. */
  transfer(host: Host, target: Host): void {
    const id = ++this.transfers
    this.tell(host, { _tag: "LeadershipTransferRequested", at: host.clock, id, target: target.id })
  }

  propose(host: Host, count: number): void {
    const proposals = Array.from({ length: count }, () => {
      const id = ++this.proposals
      return {
        id,
        command: Uint8Array.of(id & 255, (id >> 8) & 255, ...Array.from({ length: id % 7 }, () => id & 255))
      }
    })
    this.tell(host, {
      _tag: "CommandsProposed",
      at: host.clock,
      proposals,
      ...(this.forwards ? { mayBeForwarded: true } : {})
    })
  }

  /** Somebody asks this server to read. */
  read(host: Host, consistency?: ReadConsistency): void {
    const ids = [++this.readsAsked]
    this.tell(host, { _tag: "ReadRequested", at: host.clock, ids, ...(consistency && { consistency }) })
  }

  /** The state machine takes up to `count` entries of the open order. */
  apply(host: Host, count: number): void {
    if (host.order === undefined || host.server === undefined) return
    const done = host.order.entries.slice(0, count)
    const rest = host.order.entries.slice(count)
    host.applied = done.at(-1)!.index
    host.terms = [...host.terms, ...done.map(({ term }) => Number(term))]
    host.order = rest.length === 0 ? undefined : { ...host.order, entries: rest }
    this.tell(host, { _tag: "EntriesApplied", at: host.clock, through: host.applied })
  }

  /** The state machine gives its state to be saved, or becomes what the stored snapshot says. */
  obeySnapshotOrder(host: Host): void {
    const order = host.snapshotOrder
    if (order === undefined || host.server === undefined) return
    host.snapshotOrder = undefined
    const index = order.snapshot.lastIncludedIndex
    if (order._tag === "TakeSnapshot") {
      host.saving = this.capture(host, order.snapshot)
      return this.tell(host, { _tag: "SnapshotTaken", at: host.clock, index })
    }
    this.restore(host)
    this.counters.installs++
    this.tell(host, { _tag: "SnapshotRestored", at: host.clock, index })
  }

  /** What was taken becomes durable. */
  save(host: Host): void {
    const snapshot = host.saving
    if (snapshot === undefined || host.server === undefined) return
    host.saving = undefined
    host.disk.save(snapshot)
    this.counters.snapshots++
    for (const observer of this.observers) observer.persisted?.(this, host)
    this.tell(host, { _tag: "SnapshotPersisted", at: host.clock, snapshot: snapshot.metadata })
  }

  /** Answers the oldest open read, with what it found or with a failure. */
  answerRead(host: Host, fails: boolean): void {
    const read = host.reads[0]
    if (read === undefined) return
    host.reads = host.reads.slice(1)
    if (fails || read.entries.length === 0) {
      return this.tell(host, { _tag: "LogReadFailed", at: host.clock, id: read.id })
    }
    this.counters.reads++
    this.tell(host, { _tag: "LogRead", at: host.clock, ...read })
  }

  /** Power fails; `kept` writes in flight had made it. */
  crash(host: Host, kept: number): void {
    if (host.server === undefined) return
    host.disk.crash(kept)
    host.server = undefined
    host.held = []
    host.order = undefined
    host.snapshotOrder = undefined
    host.saving = undefined
    host.reads = []
  }

  /** Comes back from its disk; `keepsMachine`: its state machine is durable and remembers what was applied. */
  restart(host: Host, keepsMachine: boolean): void {
    if (host.server !== undefined) return
    host.lives++
    if (!keepsMachine || host.applied < host.disk.lastIncludedIndex) this.restore(host)
    host.server = this.core.restart({
      id: host.id,
      group: this.core.groupId(0),
      incarnation: this.core.incarnation(host.lives),
      options: this.options,
      persistent: host.disk.load(tailEntriesMax),
      lastApplied: host.applied,
      at: host.clock
    })
    if (host.lives > 1) this.counters.restarts++
    for (const observer of this.observers) observer.restarted?.(this, host)
  }

  /** The application takes a snapshot of its own accord, and saves it at once. */
  compact(host: Host): void {
    const { server } = host
    if (server === undefined || host.saving !== undefined) return
    const snapshot = this.core.describeSnapshot(server, host.applied)
    if (snapshot === undefined) return
    host.saving = this.capture(host, snapshot)
    this.save(host)
  }

  private capture(host: Host, snapshot: TakeSnapshot["snapshot"]): StoredSnapshot {
    const bytes = machineBytes(host.terms, ++this.captures)
    return { metadata: { ...snapshot, size: bytes.length }, bytes }
  }

  /** The state machine becomes what the stored snapshot holds; what it makes of bytes that are none, checkers tell. */
  private restore(host: Host): void {
    const { bytes = [], metadata } = host.disk.durable.snapshot ?? {}
    const terms = termsIn(bytes)
    host.applied = metadata?.lastIncludedIndex ?? logIndex(0)
    host.terms = typeof terms === "string" ? [] : terms
    for (const observer of this.observers) observer.restored?.(this, host)
  }

  private order(host: Host, output: Output): void {
    switch (output._tag) {
      case "Write":
        return host.disk.submit(output)
      case "SendMessage":
      case "SendSnapshot":
      case "ApplyEntries":
      case "TakeSnapshot":
      case "InstallSnapshot":
      case "ReadLog":
        host.held = [...host.held, output]
        return
      case "CompactLog":
        return host.disk.compact(output.through)
      case "AnswerProposals":
        for (const { _tag } of output.answers) if (_tag === "Unknown") this.counters.forwardsLost++
        return
      case "AnswerReads":
        for (const { _tag } of output.answers) {
          if (_tag === "Ready") this.counters.readsAnswered++
          if (_tag === "TooStale") this.counters.readsTooStale++
        }
        return
      case "AnswerTransfer":
      case "AnswerConfigurationChange":
      case "RoleChanged":
        return
    }
  }

  private release(host: Host): void {
    const isReady = ({ after }: Output & { readonly after: number }) => after <= host.disk.durableThrough
    const ready = host.held.filter(isReady)
    if (ready.length === 0) return
    host.held = host.held.filter((output) => !isReady(output))
    for (const output of ready) {
      for (const observer of this.observers) observer.released?.(this, host, output)
      switch (output._tag) {
        case "SendMessage":
          this.carry(output.message)
          break
        case "SendSnapshot":
          this.sendChunk(host, output)
          break
        case "ApplyEntries":
          host.order = output
          break
        case "TakeSnapshot":
        case "InstallSnapshot":
          host.snapshotOrder = output
          break
        case "ReadLog":
          host.reads = [...host.reads, { id: output.id, entries: host.disk.read(output) }]
          break
      }
    }
  }

  private countChange(before: Server, after: Server): void {
    const { counters } = this
    const isRollback = after.log.configurations.length < before.log.configurations.length
    if (isRollback && after.log.lastIncludedIndex === before.log.lastIncludedIndex) counters.rollbacks++
    if (after.role._tag !== "Leader") return
    counters.changes++
    if (after.configuration.outgoing !== undefined) counters.joints++
  }

  private carry(message: Message): void {
    this.bag = [...this.bag.slice(-bagMessagesMax), message]
    if (message._tag === "ForwardProposalsRequest" || message._tag === "ForwardProposalsResponse") {
      this.oldForwards = [...this.oldForwards.slice(-oldForwardsMax), message]
    }
  }

  /** A chunk that cannot be read any more is lost, like a message. */
  private sendChunk(host: Host, { length, request }: SendSnapshot): void {
    const { offset, snapshot } = request
    const bytes = host.disk.readSnapshot(snapshot.lastIncludedIndex, { offset, length })
    if (bytes === undefined) return
    if (length > 0) this.counters.chunks++
    if (offset > 0) this.counters.laterChunks++
    this.carry(this.core.withChunk(request, bytes))
  }

  private count(host: Host, before: Server, after: Server, outputs: ReadonlyArray<Output>): void {
    const { counters } = this
    if (after.role._tag === "Leader" && before.role._tag !== "Leader") counters.elections++
    counters.commits += after.commitIndex - before.commitIndex
    if (after.configuration !== before.configuration) this.countChange(before, after)
    const isOut = !isVoter(before.configuration, host.id)
    if (isOut && before.role._tag === "Leader" && after.role._tag === "Follower") counters.resignations++
    countForwards(counters, before, outputs)
    const writesBefore = host.disk.inFlight.length - outputs.filter(({ _tag }) => _tag === "Write").length
    for (const output of outputs) {
      if (output._tag === "Write" && output.truncateFrom !== undefined) {
        counters.truncations++
        if (writesBefore > 0) counters.truncationsInFlight++
      }
      if (output._tag !== "SendMessage" || writesBefore === 0) continue
      if (output.message._tag === "AppendEntriesAccepted" && before.log === after.log)
        counters.idleAcksInFlight++
      if (output.message._tag === "RequestVoteResponse" && before.votedFor === after.votedFor)
        counters.repeatedVotesInFlight += output.message.voteGranted ? 1 : 0
    }
  }
}
