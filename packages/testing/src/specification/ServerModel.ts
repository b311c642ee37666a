/**
 * One server as the specification has it: the variables of `raft.tla`, and what
 * its disk holds.
 *
 * The log is whole, as in the specification: compaction only says which part of
 * it a snapshot stands for.
 */
import { demand } from "./rejection.ts"
import type {
  OrderedMessage,
  Role,
  TracedConfiguration,
  TracedEntry,
  TracedHardState,
  TracedState,
  TracedWrite
} from "./traceLine.ts"

export class ServerModel {
  readonly id: string
  /** In force before any entry says otherwise. */
  readonly bootstrap: TracedConfiguration
  isRunning = false
  /** Its storage failed: it takes no part until it is restarted. */
  hasFailed = false
  incarnation = 0
  /** Its own clock (ms). */
  now = 0

  role: Role = "Follower"
  currentTerm = 0
  votedFor: string | null = null
  leaderId: string | null = null
  commitIndex = 0
  lastApplied = 0
  lastIncludedIndex = 0
  /** Index 1 at position 0. Changed by `append`, `truncate` and `replaceLog`. */
  log: ReadonlyArray<TracedEntry> = []
  /** Where it holds configurations, in their order. */
  configurationIndexes: Array<number> = []

  /** Numbers of the requests of the attempt under way, be it for votes or for the question before it. */
  ballot = new Set<number>()
  votesResponded = new Set<string>()
  votesGranted = new Set<string>()
  matchIndex = new Map<string, number>()
  /** Whom it wants to lead in its place. */
  transferTarget: string | null = null
  /** It holds to its leader, or to one it may have had before it started, until then (ms). */
  loyalUntil = 0

  /** On disk; `through` is the last write there. */
  readonly disk: { hardState: TracedHardState; log: Array<TracedEntry>; through: number } = {
    hardState: { currentTerm: 0, votedFor: null },
    log: [],
    through: 0
  }
  /** The last one ordered in this life. */
  lastWriteId = 0
  /** Ordered and not durable, oldest first. */
  writes: Array<TracedWrite> = []
  /** Ordered and not sent, by their text. */
  ordered = new Map<string, Array<OrderedMessage>>()
  /** Arrived and not handled, by their text. */
  mailbox = new Map<string, number>()

  constructor(id: string, bootstrap: TracedConfiguration) {
    this.id = id
    this.bootstrap = bootstrap
  }

  get lastIndex(): number {
    return this.log.length
  }

  get lastTerm(): number {
    return this.termAt(this.log.length)
  }

  /** 0 at index 0 and beyond the end. */
  termAt(index: number): number {
    return this.log[index - 1]?.term ?? 0
  }

  /** §5.4.1: whether a log that ends so is at least as up to date as this one. */
  isUpToDate({
    lastLogIndex,
    lastLogTerm
  }: {
    readonly lastLogIndex: number
    readonly lastLogTerm: number
  }): boolean {
    return lastLogTerm > this.lastTerm || (lastLogTerm === this.lastTerm && lastLogIndex >= this.lastIndex)
  }

  /** Whether it leads, or heard from a leader within the shortest election timeout. */
  get hasLeader(): boolean {
    return this.role === "Leader" || (this.role === "Follower" && this.now < this.loyalUntil)
  }

  /** Through which index, at most, its disk holds the log as it is now. */
  isDurable(index: number): boolean {
    return index <= this.disk.log.length && this.disk.log[index - 1]?.term === this.termAt(index)
  }

  append(entry: TracedEntry): void {
    const log = this.log as Array<TracedEntry>
    log.push(entry)
    if (entry.kind === "Configuration") this.configurationIndexes.push(log.length)
  }

  /** Removes the entry at `from` and everything after it. */
  truncate(from: number): void {
    const log = this.log as Array<TracedEntry>
    log.length = Math.min(log.length, from - 1)
    this.configurationIndexes = this.configurationIndexes.filter((index) => index < from)
  }

  replaceLog(entries: ReadonlyArray<TracedEntry>): void {
    this.log = []
    this.configurationIndexes = []
    for (const entry of entries) this.append(entry)
  }

  beginBallot(): void {
    this.ballot = new Set()
    this.votesResponded = new Set()
    this.votesGranted = new Set()
  }

  follow(leaderId: string, electionTimeoutMin: number): void {
    this.role = "Follower"
    this.leaderId = leaderId
    this.loyalUntil = this.now + electionTimeoutMin
  }

  stepDown(): void {
    if (this.role !== "Follower") this.loyalUntil = this.now
    this.role = "Follower"
    this.leaderId = null
    this.transferTarget = null
  }

  /** The write becomes durable; `committed` is what a snapshot's index stands for. */
  persist(write: TracedWrite, committed: ReadonlyArray<TracedEntry>): void {
    const { disk } = this
    if (write.hardState !== null) disk.hardState = write.hardState
    if (write.truncateFrom !== null) disk.log.length = Math.min(disk.log.length, write.truncateFrom - 1)
    if (write.chunk?.isLast === true) {
      disk.log = committed.slice(0, write.chunk.snapshot.lastIncludedIndex)
    }
    for (const entry of write.entries) {
      demand(
        entry.index === disk.log.length + 1,
        "PersistState",
        `write ${write.id} leaves a gap before ${entry.index}`
      )
      disk.log.push(entry)
    }
    disk.through = write.id
  }

  /** Everything in memory is gone. */
  crash(): void {
    this.isRunning = false
    this.hasFailed = false
    this.writes = []
    this.lastWriteId = 0
    this.ordered = new Map()
    this.mailbox = new Map()
  }

  /** Restart(i): what was durable is all there is. */
  restart(): void {
    this.isRunning = true
    this.disk.through = 0
    this.role = "Follower"
    this.leaderId = null
    this.currentTerm = this.disk.hardState.currentTerm
    this.votedFor = this.disk.hardState.votedFor
    this.replaceLog(this.disk.log)
    this.matchIndex = new Map()
    this.transferTarget = null
    this.beginBallot()
  }

  /** The first variable that differs from what the trace says of it. */
  differenceTo(state: TracedState): string | undefined {
    const own: TracedState = {
      role: this.role,
      currentTerm: this.currentTerm,
      votedFor: this.votedFor,
      leaderId: this.leaderId,
      commitIndex: this.commitIndex,
      lastApplied: this.lastApplied,
      lastIndex: this.lastIndex,
      lastTerm: this.lastTerm,
      lastIncludedIndex: this.lastIncludedIndex
    }
    const names = Object.keys(own) as ReadonlyArray<keyof TracedState>
    const name = names.find((key) => own[key] !== state[key])
    return name === undefined ? undefined : `${name} is ${state[name]}, and should be ${own[name]}`
  }
}
