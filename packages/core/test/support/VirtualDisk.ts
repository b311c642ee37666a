/**
 * Stable storage of one simulated server: what is durable, and the writes in flight towards it.
 *
 * Writes become durable as a prefix of their ids, each as a whole. A crash loses those in flight, except
 * for the first few that made it although nobody was told. A snapshot is there as a whole or not at all.
 */
import type { Entry } from "../../src/entry.ts"
import { type LogIndex, logIndex, type Term, term, type WriteId, writeId } from "../../src/ids.ts"
import type { TermRun } from "../../src/log/termRuns.ts"
import type { HardState, ReadLog, SnapshotChunk, Write } from "../../src/output.ts"
import type { PersistentState } from "../../src/persistentState.ts"
import type { SnapshotMetadata } from "../../src/snapshot.ts"

/** A snapshot, whole or as far as it has come. */
export interface StoredSnapshot {
  readonly metadata: SnapshotMetadata
  readonly bytes: ReadonlyArray<number>
}

/** A log on disk: entries without gaps, from somewhere before the snapshot's end. */
export interface StoredState {
  readonly hardState: HardState
  readonly entries: ReadonlyArray<Entry>
  readonly snapshot: StoredSnapshot | undefined
  /** Chunks of a snapshot that is not complete. */
  readonly staged: StoredSnapshot | undefined
}

export class VirtualDisk {
  /** What a crash leaves. */
  durable: StoredState
  /** What there will be once everything in flight is durable. */
  issued: StoredState
  inFlight: ReadonlyArray<Write> = []
  /** Everything through here is durable; counted anew in every life of the server. */
  durableThrough: WriteId = writeId(0)

  constructor(snapshot: SnapshotMetadata | undefined) {
    this.durable = {
      hardState: { currentTerm: term(0), votedFor: undefined },
      entries: [],
      snapshot: snapshot === undefined ? undefined : { metadata: snapshot, bytes: [] },
      staged: undefined
    }
    this.issued = this.durable
  }

  submit(write: Write): void {
    this.inFlight = [...this.inFlight, write]
    this.issued = after(this.issued, write)
  }

  /** The oldest writes in flight become durable, at most `count` of them. */
  complete(count: number): void {
    const done = this.inFlight.slice(0, count)
    this.inFlight = this.inFlight.slice(count)
    for (const write of done) {
      this.durable = after(this.durable, write)
      this.durableThrough = write.id
    }
  }

  /** The power fails; the first `kept` writes in flight had reached the disk. */
  crash(kept: number): void {
    this.complete(kept)
    this.inFlight = []
    this.durable = { ...this.durable, staged: undefined }
    this.issued = this.durable
    this.durableThrough = writeId(0)
  }

  /** The own state machine's snapshot is saved, at once and whole; an older one than what is there is not kept. */
  save(snapshot: StoredSnapshot): void {
    this.durable = withSnapshot(this.durable, snapshot)
    this.issued = withSnapshot(this.issued, snapshot)
  }

  /** The log through `index` is forgotten. */
  compact(index: LogIndex): void {
    this.durable = withoutBeginning(this.durable, index)
    this.issued = withoutBeginning(this.issued, index)
  }

  /** Through where the snapshot stands for the log. */
  get lastIncludedIndex(): LogIndex {
    return endOf(this.durable)
  }

  get snapshot(): SnapshotMetadata | undefined {
    return this.durable.snapshot?.metadata
  }

  lastIndex(state: StoredState = this.durable): LogIndex {
    return logIndex(Math.max(state.entries.at(-1)?.index ?? 0, endOf(state)))
  }

  termAt(index: number, state: StoredState = this.durable): Term | undefined {
    if (index === endOf(state)) return state.snapshot?.metadata.lastIncludedTerm ?? term(0)
    const first = state.entries[0]
    return first === undefined ? undefined : state.entries[index - first.index]?.term
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

  /** Bytes of the snapshot that ends at `index`; `undefined` if it is not the one that is stored. */
  readSnapshot(
    index: LogIndex,
    { length, offset }: { readonly offset: number; readonly length: number }
  ): Uint8Array | undefined {
    const { snapshot } = this.durable
    if (snapshot?.metadata.lastIncludedIndex !== index) return undefined
    return Uint8Array.from(snapshot.bytes.slice(offset, offset + length))
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
}

const endOf = ({ snapshot }: StoredState): LogIndex => snapshot?.metadata.lastIncludedIndex ?? logIndex(0)

const after = (state: StoredState, write: Write): StoredState => {
  const { chunk, truncateFrom } = write
  const kept =
    truncateFrom === undefined ? state.entries : state.entries.filter(({ index }) => index < truncateFrom)
  const written = {
    ...state,
    hardState: write.hardState ?? state.hardState,
    entries: [...kept, ...write.entries]
  }
  return chunk === undefined ? written : afterChunk(written, chunk)
}

const afterChunk = (state: StoredState, chunk: SnapshotChunk): StoredState => {
  const before = chunk.offset === 0 ? [] : (state.staged?.bytes ?? [])
  const staged = { metadata: chunk.snapshot, bytes: [...before, ...chunk.bytes] }
  return chunk.isLast ? { ...state, entries: [], snapshot: staged, staged: undefined } : { ...state, staged }
}

const withSnapshot = (state: StoredState, snapshot: StoredSnapshot): StoredState =>
  snapshot.metadata.lastIncludedIndex > endOf(state) ? { ...state, snapshot } : state

const withoutBeginning = (state: StoredState, through: LogIndex): StoredState => ({
  ...state,
  entries: state.entries.filter(({ index }) => index > through)
})
