/**
 * One place of the cluster: a server with everything around it. Its disk, clock
 * and place outlive the server's lives; the rest is what a crash takes.
 */
import type {
  ApplyEntries,
  Event,
  InstallSnapshot,
  LogIndex,
  Message,
  Proposal,
  ReadConsistency,
  ReadLog,
  SendMessage,
  SendSnapshot,
  Server,
  ServerId,
  TakeSnapshot
} from "@effect-raft/core"
import { Batch } from "./Batch.ts"
import type { KvMachine } from "./KvMachine.ts"
import type { LocalClock } from "./LocalClock.ts"
import type { StoredSnapshot, VirtualDisk } from "./VirtualDisk.ts"

/** An event on its way: the turn that takes it dates it. */
export type Undated = Event & { at: number }

/** What a state machine is told to do, one order at a time. */
export type MachineOrder = ApplyEntries | TakeSnapshot | InstallSnapshot

/** A question that the next turn asks, and no client. Its id is below 0, where no operation's is. */
export interface Probe {
  readonly id: number
  readonly consistency: ReadConsistency
}

/** An operation whose entry this life appended. */
export interface Pending {
  readonly operation: number
  readonly index: LogIndex
  readonly term: number
}

export class Seat {
  readonly position: number
  readonly id: ServerId
  /** The disk of the last life, or of this. */
  disk: VirtualDisk
  /** The disk that a start would find. */
  mounted: VirtualDisk
  readonly clock: LocalClock
  machine: KvMachine
  /** `undefined` while it is down. */
  server: Server | undefined
  /** Counts the lives; what was ordered in an earlier one comes to nothing. */
  life = 0

  /** It has left the cluster, and was stopped for good. */
  isRetired = false
  /** A server that stands still: its mailbox fills, its timers pass. */
  isPaused = false
  /** Its turn comes at the end of this millisecond. */
  isReady = false
  /** It wakes by itself at this virtual time. */
  armedFor = Infinity
  /** Messages until it crashes, in the middle of sending; 0 for not at all. */
  sendsToCrash = 0

  /** What the next turn takes; the other one is what the turn under way takes, or empty. */
  mailbox = new Batch<Undated>()
  taken = new Batch<Undated>()
  proposals: Array<Proposal> = []
  /** Proposals that the server may send on to its leader. */
  forwardable: Array<Proposal> = []
  /** Operations that want to read without a place in the log. */
  queries: Array<number> = []
  /** Questions beside them, whose answers are no client's. */
  probes: Array<Probe> = []
  /** The last event of every turn. One for all: the reducer keeps no event. */
  readonly timeAdvanced = { _tag: "TimeAdvanced" as const, at: 0 }
  /** Messages whose write is not durable. */
  held: Array<SendMessage | SendSnapshot> = []
  persistedThrough = 0
  pending: Array<Pending> = []

  /** What the turn under way has ordered. */
  readonly messages = new Batch<Message>()
  reads: Array<ReadLog> = []
  chunks: Array<SendSnapshot> = []
  order: MachineOrder | undefined

  /** Writes that the sync under way will make durable; 0 for none under way. */
  syncing = 0
  /** A sync that is through with its work and cannot say so while storage is stuck. */
  isSyncDue = false
  isStuck = false
  /** The next sync fails, which is final for this life. */
  failsNextSync = false
  /** More time that this seat's syncs, and its state machine, may take (ms). */
  syncExtraMax = 0
  applyExtraMax = 0
  /** Reads that fail, of a thousand. */
  readFailuresPerMille = 0
  /** The open order to the state machine. */
  performing: MachineOrder | undefined
  /** The own snapshot whose bytes are on their way to the disk. */
  saving: StoredSnapshot | undefined

  constructor(
    position: number,
    parts: {
      readonly id: ServerId
      readonly disk: VirtualDisk
      readonly clock: LocalClock
      readonly machine: KvMachine
    }
  ) {
    this.position = position
    this.id = parts.id
    this.disk = parts.disk
    this.mounted = parts.disk
    this.clock = parts.clock
    this.machine = parts.machine
  }

  /** Whether it runs and moves. */
  get isAwake(): boolean {
    return this.server !== undefined && !this.isPaused
  }

  /** Everything that lives in memory is gone. */
  forget(): void {
    this.server = undefined
    this.life++
    this.isPaused = false
    this.armedFor = Infinity
    this.sendsToCrash = 0
    this.mailbox.clear()
    this.taken.clear()
    this.proposals = []
    this.forwardable = []
    this.queries = []
    this.probes = []
    this.held = []
    this.persistedThrough = 0
    this.pending = []
    this.messages.clear()
    this.reads = []
    this.chunks = []
    this.order = undefined
    this.syncing = 0
    this.isSyncDue = false
    this.failsNextSync = false
    this.performing = undefined
    this.saving = undefined
  }
}
