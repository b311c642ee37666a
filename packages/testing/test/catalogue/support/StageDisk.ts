/**
 * Stable storage of one server on a stage: what is durable, and the writes that are still on their way there.
 *
 * Writes become durable in the order of their ids, each as a whole. A crash loses the others.
 */
import {
  type Entry,
  entryBytes,
  type HardState,
  logIndex,
  type PersistentState,
  type ReadLog,
  type SnapshotMetadata,
  term,
  type TermRun,
  type Write
} from "@effect-raft/core"

export interface Stored {
  readonly hardState: HardState
  readonly snapshot: SnapshotMetadata | undefined
  readonly snapshotBytes: Uint8Array
  /** What has come of a snapshot that another server sends. */
  readonly staged: ReadonlyArray<Uint8Array>
  readonly entries: ReadonlyArray<Entry>
}

const noBytes = new Uint8Array(0)

export class StageDisk {
  durable: Stored
  /** Submitted and not durable, oldest first. */
  inFlight: ReadonlyArray<Write> = []
  /** Writes become durable at once, unless a scenario makes them wait. */
  isSlow = false
  /** How many of its newest entries a restart brings into memory. */
  tailEntriesMax = Infinity

  /** A disk that takes another's place has another name. */
  readonly storageId: string

  constructor(snapshot: SnapshotMetadata | undefined, storageId: string) {
    this.storageId = storageId
    const hardState = { currentTerm: term(0), votedFor: undefined }
    this.durable = { hardState, snapshot, snapshotBytes: noBytes, staged: [], entries: [] }
  }

  submit(write: Write): void {
    this.inFlight = [...this.inFlight, write]
  }

  /** The oldest writes in flight become durable. */
  complete(count: number): void {
    this.durable = this.inFlight.slice(0, count).reduce(written, this.durable)
    this.inFlight = this.inFlight.slice(count)
  }

  /** Power is lost: what was not durable is gone. */
  crash(): void {
    this.inFlight = []
    this.durable = { ...this.durable, staged: [] }
  }

  read({ bytesMax, from, through }: ReadLog): ReadonlyArray<Entry> {
    const { entries } = this.inFlight.reduce(written, this.durable)
    let bytes = 0
    const isWanted = (entry: Entry): boolean => {
      if (entry.index < from || entry.index > through) return false
      bytes += entryBytes(entry)
      return entry.index === from || bytes <= bytesMax
    }
    return entries.filter(isWanted)
  }

  save(snapshot: SnapshotMetadata, snapshotBytes: Uint8Array): void {
    this.durable = { ...this.durable, snapshot, snapshotBytes }
  }

  compact(through: number): void {
    const entries = this.durable.entries.filter(({ index }) => index >= through)
    this.durable = { ...this.durable, entries }
  }

  load(): PersistentState {
    const { entries, hardState, snapshot } = this.durable
    return {
      hardState,
      snapshot,
      lastIndex: entries.at(-1)?.index ?? snapshot?.lastIncludedIndex ?? logIndex(0),
      termRuns: runsOf(entries),
      configurations: entries.filter(({ kind }) => kind === "Configuration"),
      tail: entries.slice(Math.max(0, entries.length - this.tailEntriesMax))
    }
  }
}

const written = (stored: Stored, { chunk, entries, hardState, truncateFrom }: Write): Stored => {
  const kept =
    truncateFrom === undefined ? stored.entries : stored.entries.filter(({ index }) => index < truncateFrom)
  const next = { ...stored, hardState: hardState ?? stored.hardState, entries: [...kept, ...entries] }
  if (chunk === undefined) return next
  const staged = chunk.offset === 0 ? [chunk.bytes] : [...stored.staged, chunk.bytes]
  if (!chunk.isLast) return { ...next, staged }
  const snapshotBytes = Uint8Array.from(staged.flatMap((bytes) => [...bytes]))
  return { ...next, snapshot: chunk.snapshot, snapshotBytes, staged: [], entries: [] }
}

const runsOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<TermRun> =>
  entries.reduce<ReadonlyArray<TermRun>>(
    (runs, { index, term }) => (runs.at(-1)?.term === term ? runs : [...runs, { from: index, term }]),
    []
  )
