/**
 * Stable storage of one simulated server, with the writes that are not durable
 * yet.
 *
 * Writes become durable as a prefix of their ids, each as a whole. A crash loses
 * those in flight, except for the first few that made it although nobody was
 * told. A snapshot is there as a whole or not at all: what has come of one that
 * is not complete, a crash loses.
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
  type SnapshotChunk,
  type SnapshotMetadata,
  type Term,
  term,
  type TermRun,
  type Write,
  type WriteId,
  writeId
} from "@effect-raft/core"
import { Batch } from "./Batch.ts"
import { check, Violation } from "./violation.ts"

/** A snapshot with the bytes of the state machine. */
export interface StoredSnapshot {
  readonly metadata: SnapshotMetadata
  readonly bytes: Uint8Array
}

/** Chunks of a snapshot that another server sends, as far as it has come. */
interface StagedSnapshot {
  readonly metadata: SnapshotMetadata
  readonly pieces: Array<Uint8Array>
  size: number
}

/** A configuration and the index that holds it. */
export interface StoredConfiguration {
  readonly index: number
  readonly configuration: Configuration.Configuration
}

/** A log on disk, without gaps; it may reach back behind the end of its snapshot. */
export interface StoredLog {
  hardState: HardState
  snapshot: StoredSnapshot
  staged: StagedSnapshot | undefined
  /** The index before the first entry: those through here are forgotten. */
  start: number
  readonly entries: Array<Entry>
  /** The terms of the entries, once more: for scans of everything. */
  readonly terms: Array<number>
  /** The configurations among the entries, once more: few logs hold any, and they are asked for often. */
  readonly configurations: Array<StoredConfiguration>
}

/** Room of an entry beside its payload, as `bytesMax` of a read counts it. */
const overheadBytes = 32

export class VirtualDisk {
  /** What a crash leaves. */
  readonly durable: StoredLog
  /** What there will be once everything in flight is durable: what the server's memory must agree with. */
  readonly issued: StoredLog
  /** Submitted and not durable, oldest first. */
  readonly inFlight = new Batch<Write>()
  /** Everything through here is durable; counted anew in every life of the server. */
  durableThrough: WriteId = writeId(0)

  /** Names the disk, wherever it is: a configuration may pin a server to it. */
  readonly storageId: string

  constructor(snapshot: StoredSnapshot, storageId = "") {
    this.storageId = storageId
    this.durable = emptyLog(snapshot)
    this.issued = emptyLog(snapshot)
  }

  /** Whether it was never bootstrapped: its snapshot stands for a cluster of nobody. */
  private get isEmpty(): boolean {
    return this.snapshot.metadata.configuration.members.length === 0
  }

  /** The durable snapshot. */
  get snapshot(): StoredSnapshot {
    return this.durable.snapshot
  }

  /** The end of the durable snapshot. */
  get lastIncludedIndex(): LogIndex {
    return this.durable.snapshot.metadata.lastIncludedIndex
  }

  /** The last configuration of a log, and the index that holds it: that of the snapshot, or of an entry above it. */
  configurationIn({ configurations, snapshot }: StoredLog): StoredConfiguration {
    const { configuration, configurationIndex, lastIncludedIndex } = snapshot.metadata
    const last = configurations[configurations.length - 1]
    return last !== undefined && last.index > lastIncludedIndex
      ? last
      : { index: configurationIndex, configuration }
  }

  submit(write: Write): void {
    this.inFlight.add(write)
    perform(this.issued, write)
  }

  /** The oldest writes in flight become durable, at most `count` of them. */
  complete(count: number): void {
    const done = Math.min(count, this.inFlight.count)
    for (let position = 0; position < done; position++) {
      const write = this.inFlight.items[position]!
      perform(this.durable, write)
      this.durableThrough = write.id
    }
    this.inFlight.drop(done)
  }

  /** The power fails; the first `kept` writes in flight had reached the disk. */
  crash(kept: number): void {
    this.complete(kept)
    this.inFlight.clear()
    const { durable, issued } = this
    durable.staged = undefined
    issued.staged = undefined
    issued.hardState = durable.hardState
    issued.snapshot = durable.snapshot
    restartAt(issued, durable.start)
    for (const entry of durable.entries) append(issued, entry)
  }

  /** A snapshot of the own state machine is there, whole; an older one than what is stored is not kept. */
  save(snapshot: StoredSnapshot): void {
    const { lastIncludedIndex } = snapshot.metadata
    const last = this.lastIndex(this.durable)
    check(
      lastIncludedIndex <= last,
      "SnapshotSound",
      () => `a snapshot of the own log ends at ${lastIncludedIndex}, the log at ${last}`
    )
    for (const log of [this.durable, this.issued]) {
      if (lastIncludedIndex > log.snapshot.metadata.lastIncludedIndex) log.snapshot = snapshot
    }
  }

  /** The entries through an index are forgotten; the stored snapshot covers them. */
  compact(through: number): void {
    check(
      through <= this.lastIncludedIndex,
      "SnapshotSound",
      () => `the log through ${through} is forgotten, the snapshot ends at ${this.lastIncludedIndex}`
    )
    for (const log of [this.durable, this.issued]) forget(log, through)
  }

  lastIndex(log: StoredLog): LogIndex {
    return logIndex(lastIndexOf(log))
  }

  entryAt(log: StoredLog, index: number): Entry | undefined {
    return log.entries[index - log.start - 1]
  }

  /** The term at an index of the log or at the end of its snapshot. */
  termAt(log: StoredLog, index: number): Term | undefined {
    const { lastIncludedIndex, lastIncludedTerm } = log.snapshot.metadata
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

  /** Bytes of the stored snapshot, if it is still the one that ends there. */
  readSnapshot(
    lastIncludedIndex: number,
    { length, offset }: { readonly offset: number; readonly length: number }
  ): Uint8Array | undefined {
    return lastIncludedIndex === this.lastIncludedIndex
      ? this.snapshot.bytes.subarray(offset, offset + length)
      : undefined
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
      snapshot: this.isEmpty ? undefined : this.snapshot.metadata,
      lastIndex: this.lastIndex(this.durable),
      termRuns,
      configurations: entries.filter(({ kind }) => kind === "Configuration"),
      tail: entries.slice(-tailEntriesMax)
    }
  }
}

const emptyLog = (snapshot: StoredSnapshot): StoredLog => ({
  hardState: { currentTerm: term(0), votedFor: undefined },
  snapshot,
  staged: undefined,
  start: snapshot.metadata.lastIncludedIndex,
  entries: [],
  terms: [],
  configurations: []
})

const lastIndexOf = ({ entries, start }: StoredLog): number => start + entries.length

const perform = (log: StoredLog, write: Write): void => {
  const { chunk, entries, hardState, truncateFrom } = write
  if (hardState !== undefined) log.hardState = hardState
  if (truncateFrom !== undefined) truncate(log, write.id, truncateFrom)
  for (let position = 0; position < entries.length; position++) {
    const entry = entries[position]!
    if (entry.index !== lastIndexOf(log) + 1) throw gap(log, write, entry)
    append(log, entry)
  }
  if (chunk !== undefined) stage(log, chunk)
}

const truncate = (log: StoredLog, id: WriteId, from: LogIndex): void => {
  const { lastIncludedIndex } = log.snapshot.metadata
  check(from > lastIncludedIndex, "LogShape", () => `write ${id} truncates from ${from}, in the snapshot`)
  cut(log, from - log.start - 1)
}

const gap = (log: StoredLog, { id }: Write, { index }: Entry): Violation =>
  new Violation("LogShape", `write ${id} puts ${index} at ${lastIndexOf(log) + 1}`)

/** Chunks come in order; the last one puts the snapshot in place of the whole log. */
const stage = (log: StoredLog, { bytes, isLast, offset, snapshot }: SnapshotChunk): void => {
  const { lastIncludedIndex, size } = snapshot
  if (offset === 0) log.staged = { metadata: snapshot, pieces: [], size: 0 }
  const { staged } = log
  const isNext = staged?.size === offset && staged.metadata.lastIncludedIndex === lastIncludedIndex
  check(isNext, "SnapshotSound", () => {
    const there = staged === undefined ? "nothing" : `${staged.size} of ${staged.metadata.lastIncludedIndex}`
    return `a chunk at ${offset} of snapshot ${lastIncludedIndex} follows on ${there}`
  })
  staged.pieces.push(bytes)
  staged.size += bytes.length
  if (!isLast) return
  check(
    staged.size === size,
    "SnapshotSound",
    () => `snapshot ${lastIncludedIndex} is complete with ${staged.size} bytes of ${size}`
  )
  log.snapshot = { metadata: snapshot, bytes: joined(staged) }
  log.staged = undefined
  restartAt(log, lastIncludedIndex)
}

const joined = ({ pieces, size }: StagedSnapshot): Uint8Array => {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const piece of pieces) {
    bytes.set(piece, offset)
    offset += piece.length
  }
  return bytes
}

const append = (log: StoredLog, entry: Entry): void => {
  log.entries.push(entry)
  log.terms.push(entry.term)
  if (entry.kind === "Configuration") appendConfiguration(log, entry)
}

/** Apart from `append`, which is called for everything that is ever stored. */
const appendConfiguration = ({ configurations }: StoredLog, entry: Entry): void => {
  const decoded = decodeConfiguration(entry.payload)
  check(decoded._tag === "Ok", "LogShape", () => `entry ${entry.index} holds no configuration`)
  configurations.push({ index: entry.index, configuration: decoded.value })
}

/** Keeps the first `kept` entries. */
const cut = ({ configurations, entries, start, terms }: StoredLog, kept: number): void => {
  if (kept >= entries.length) return
  entries.length = kept
  terms.length = kept
  while (configurations.length > 0 && configurations[configurations.length - 1]!.index > start + kept) {
    configurations.pop()
  }
}

/** Without any entry, after this index. */
const restartAt = (log: StoredLog, start: number): void => {
  cut(log, 0)
  log.start = start
}

const forget = (log: StoredLog, through: number): void => {
  const dropped = Math.min(through - log.start, log.entries.length)
  if (dropped <= 0) return
  log.entries.splice(0, dropped)
  log.terms.splice(0, dropped)
  log.start += dropped
  const kept = log.configurations.filter(({ index }) => index > log.start)
  log.configurations.splice(0, Infinity, ...kept)
}
