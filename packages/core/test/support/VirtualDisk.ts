/**
 * Stable storage of one simulated server: what is durable, and the writes in flight towards it.
 *
 * Writes become durable as a prefix of their ids, each as a whole. A crash loses those in flight, except
 * for the first few that made it although nobody was told.
 */
import type { Entry } from "../../src/entry.ts"
import { type LogIndex, logIndex, type Term, term, type WriteId, writeId } from "../../src/ids.ts"
import type { TermRun } from "../../src/log/termRuns.ts"
import type { HardState, ReadLog, Write } from "../../src/output.ts"
import type { PersistentState, SnapshotMetadata } from "../../src/persistentState.ts"

/** A log on disk: the entries after a snapshot, without gaps. */
export interface StoredState {
  readonly hardState: HardState
  readonly entries: ReadonlyArray<Entry>
}

export class VirtualDisk {
  /** What a crash leaves. */
  durable: StoredState = { hardState: { currentTerm: term(0), votedFor: undefined }, entries: [] }
  /** What there will be once everything in flight is durable. */
  issued: StoredState = this.durable
  snapshot: SnapshotMetadata | undefined
  inFlight: ReadonlyArray<Write> = []
  /** Everything through here is durable; counted anew in every life of the server. */
  durableThrough: WriteId = writeId(0)

  constructor(snapshot: SnapshotMetadata | undefined) {
    this.snapshot = snapshot
  }

  submit(write: Write): void {
    this.inFlight = [...this.inFlight, write]
    this.issued = this.after(this.issued, write)
  }

  /** The oldest writes in flight become durable, at most `count` of them. */
  complete(count: number): void {
    const done = this.inFlight.slice(0, count)
    this.inFlight = this.inFlight.slice(count)
    for (const write of done) {
      this.durable = this.after(this.durable, write)
      this.durableThrough = write.id
    }
  }

  /** The power fails; the first `kept` writes in flight had reached the disk. */
  crash(kept: number): void {
    this.complete(kept)
    this.inFlight = []
    this.issued = this.durable
    this.durableThrough = writeId(0)
  }

  /** The log through `index` gives way to a snapshot. */
  compact(snapshot: SnapshotMetadata): void {
    const after = ({ index }: Entry) => index > snapshot.lastIncludedIndex
    this.durable = { ...this.durable, entries: this.durable.entries.filter(after) }
    this.issued = { ...this.issued, entries: this.issued.entries.filter(after) }
    this.snapshot = snapshot
  }

  get lastIncludedIndex(): LogIndex {
    return this.snapshot?.lastIncludedIndex ?? logIndex(0)
  }

  lastIndex(state: StoredState = this.durable): LogIndex {
    return state.entries.at(-1)?.index ?? this.lastIncludedIndex
  }

  termAt(index: number, state: StoredState = this.durable): Term | undefined {
    if (index === this.lastIncludedIndex) return this.snapshot?.lastIncludedTerm ?? term(0)
    return state.entries[index - this.lastIncludedIndex - 1]?.term
  }

  lastTerm(state: StoredState = this.durable): Term {
    return this.termAt(this.lastIndex(state), state)!
  }

  /** What an open `ReadLog` gets. */
  read({ bytesMax, from, through }: ReadLog): ReadonlyArray<Entry> {
    const found: Array<Entry> = []
    let bytes = 0
    for (const entry of this.durable.entries) {
      if (entry.index < from || entry.index > through) continue
      bytes += entry.payload.length + 32
      if (found.length > 0 && bytes > bytesMax) break
      found.push(entry)
    }
    return found
  }

  /** Everything for a restart, with at most `tailEntriesMax` entries of the log itself. */
  load(tailEntriesMax: number): PersistentState {
    const { entries, hardState } = this.durable
    const termRuns: Array<TermRun> = []
    for (const entry of entries) {
      if (termRuns.at(-1)?.term !== entry.term) termRuns.push({ from: entry.index, term: entry.term })
    }
    return {
      hardState,
      snapshot: this.snapshot,
      lastIndex: this.lastIndex(),
      termRuns,
      configurations: entries.filter(({ kind }) => kind === "Configuration"),
      tail: entries.slice(-tailEntriesMax)
    }
  }

  private after(state: StoredState, write: Write): StoredState {
    const { truncateFrom } = write
    const kept =
      truncateFrom === undefined ? state.entries : state.entries.filter(({ index }) => index < truncateFrom)
    return { hardState: write.hardState ?? state.hardState, entries: [...kept, ...write.entries] }
  }
}
