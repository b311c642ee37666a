/**
 * Stable storage of one simulated server, with the writes that are not durable
 * yet.
 *
 * Writes become durable as a prefix of their ids, each as a whole. A crash loses
 * those in flight, except for the first few that made it although nobody was
 * told.
 */
import {
  type Configuration,
  decodeConfiguration,
  type Entry,
  type HardState,
  type LogIndex,
  logIndex,
  type PersistentState,
  type ReadLog,
  type SnapshotMetadata,
  type Term,
  term,
  type TermRun,
  type Write,
  type WriteId,
  writeId
} from "@effect-raft/core"
import { Batch } from "./Batch.ts"
import type { MachineState } from "./KvMachine.ts"
import { check } from "./violation.ts"

/** A log on disk: the entries after the snapshot, without gaps. */
export interface StoredLog {
  hardState: HardState
  readonly entries: Array<Entry>
  /** The terms of the entries, once more: for scans of everything. */
  readonly terms: Array<number>
}

/** A snapshot with what it stands for. */
export interface StoredSnapshot {
  readonly metadata: SnapshotMetadata
  readonly machine: MachineState
}

/** Room of an entry beside its payload, as `bytesMax` of a read counts it. */
const overheadBytes = 32

export class VirtualDisk {
  /** What a crash leaves. */
  readonly durable: StoredLog = emptyLog()
  /** What there will be once everything in flight is durable: what the server's memory must agree with. */
  readonly issued: StoredLog = emptyLog()
  /** Submitted and not durable, oldest first. */
  readonly inFlight = new Batch<Write>()
  snapshot: StoredSnapshot
  /** Everything through here is durable; counted anew in every life of the server. */
  durableThrough: WriteId = writeId(0)

  /** Some entry held a configuration once; few logs do, and scans are long. */
  private hasConfigurations = false

  constructor(snapshot: StoredSnapshot) {
    this.snapshot = snapshot
  }

  get lastIncludedIndex(): LogIndex {
    return this.snapshot.metadata.lastIncludedIndex
  }

  /** The configuration that the durable log holds last, at or below an index. */
  configurationAt(through: number): Configuration.Configuration {
    const { entries } = this.durable
    for (let index = through; this.hasConfigurations && index > this.lastIncludedIndex; index--) {
      const entry = entries[index - this.lastIncludedIndex - 1]
      if (entry?.kind !== "Configuration") continue
      const decoded = decodeConfiguration(entry.payload)
      if (decoded._tag === "Ok") return decoded.value
    }
    return this.snapshot.metadata.configuration
  }

  submit(write: Write): void {
    this.inFlight.add(write)
    this.perform(this.issued, write)
  }

  /** The oldest writes in flight become durable, at most `count` of them. */
  complete(count: number): void {
    const done = Math.min(count, this.inFlight.count)
    for (let position = 0; position < done; position++) {
      const write = this.inFlight.items[position]!
      this.perform(this.durable, write)
      this.durableThrough = write.id
    }
    this.inFlight.drop(done)
  }

  /** The power fails; the first `kept` writes in flight had reached the disk. */
  crash(kept: number): void {
    this.complete(kept)
    this.inFlight.clear()
    const { entries, hardState } = this.durable
    this.issued.hardState = hardState
    cut(this.issued, 0)
    for (const entry of entries) append(this.issued, entry)
  }

  /** The log through the snapshot's index gives way to it. Only what is durable may. */
  compact(snapshot: StoredSnapshot): void {
    const dropped = snapshot.metadata.lastIncludedIndex - this.lastIncludedIndex
    for (const { entries, terms } of [this.durable, this.issued]) {
      entries.splice(0, dropped)
      terms.splice(0, dropped)
    }
    this.snapshot = snapshot
  }

  lastIndex(log: StoredLog): LogIndex {
    return logIndex(this.lastIncludedIndex + log.entries.length)
  }

  entryAt(log: StoredLog, index: number): Entry | undefined {
    return log.entries[index - this.lastIncludedIndex - 1]
  }

  /** The term at an index from the snapshot's to the last. */
  termAt(log: StoredLog, index: number): Term | undefined {
    const { lastIncludedIndex, lastIncludedTerm } = this.snapshot.metadata
    return index === lastIncludedIndex ? lastIncludedTerm : this.entryAt(log, index)?.term
  }

  /** What an open `ReadLog` gets: nothing where the log begins later by now. */
  read({ bytesMax, from, through }: ReadLog): ReadonlyArray<Entry> {
    const found: Array<Entry> = []
    let bytes = 0
    for (let index: number = from; index <= through; index++) {
      const entry = this.entryAt(this.durable, index)
      if (entry === undefined) break
      bytes += entry.payload.length + overheadBytes
      if (found.length > 0 && bytes > bytesMax) break
      found.push(entry)
    }
    return found
  }

  /** Everything for a restart, with at most `tailEntriesMax` entries of the log itself. Another life numbers its writes from 1. */
  load(tailEntriesMax: number): PersistentState {
    this.durableThrough = writeId(0)
    const { entries, hardState } = this.durable
    const termRuns: Array<TermRun> = []
    for (const entry of entries) {
      if (termRuns.at(-1)?.term !== entry.term) termRuns.push({ from: entry.index, term: entry.term })
    }
    return {
      hardState,
      snapshot: this.snapshot.metadata,
      lastIndex: this.lastIndex(this.durable),
      termRuns,
      configurations: entries.filter(({ kind }) => kind === "Configuration"),
      tail: entries.slice(-tailEntriesMax)
    }
  }

  private perform(log: StoredLog, write: Write): void {
    const { entries, hardState, truncateFrom } = write
    if (hardState !== undefined) log.hardState = hardState
    if (truncateFrom !== undefined) {
      const kept = truncateFrom - this.lastIncludedIndex - 1
      check(kept >= 0, "LogShape", () => `write ${write.id} truncates from ${truncateFrom}, in the snapshot`)
      cut(log, kept)
    }
    for (const entry of entries) {
      const expected = this.lastIncludedIndex + log.entries.length + 1
      check(
        entry.index === expected,
        "LogShape",
        () => `write ${write.id} puts ${entry.index} at ${expected}`
      )
      append(log, entry)
      if (entry.kind === "Configuration") this.hasConfigurations = true
    }
  }
}

const emptyLog = (): StoredLog => ({
  hardState: { currentTerm: term(0), votedFor: undefined },
  entries: [],
  terms: []
})

const append = ({ entries, terms }: StoredLog, entry: Entry): void => {
  entries.push(entry)
  terms.push(entry.term)
}

/** Keeps the first `kept` entries. */
const cut = ({ entries, terms }: StoredLog, kept: number): void => {
  if (kept >= entries.length) return
  entries.length = kept
  terms.length = kept
}
