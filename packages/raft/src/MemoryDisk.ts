/**
 * Stable storage in memory: a disk as a value that outlives the server on it.
 *
 * It takes every write at once, so what it holds after a crash is what was
 * submitted. For tests, demonstrations and the university suite.
 */
import {
  emptyState,
  type Entry,
  entryBytes,
  type HardState,
  Log,
  logIndex,
  type SnapshotChunk,
  type SnapshotMetadata,
  type Write
} from "@effect-raft/core"
import { Effect, Layer, Stream } from "effect"
import { type EntryRange, type LoadedState, Persister, type SnapshotRange } from "./Persister.ts"
import { joined } from "./pieces.ts"

interface Contents {
  readonly hardState: HardState
  readonly snapshot: SnapshotMetadata | undefined
  /** The bytes that belong to it. */
  readonly snapshotBytes: Uint8Array
  /** Chunks of a snapshot that another server sends, until the last one is there. A crash loses them. */
  readonly staged: ReadonlyArray<Uint8Array>
  readonly log: Log.Log
}

const noBytes = new Uint8Array(0)

export interface MemoryDisk {
  readonly storageId: string
  /** How many of its newest entries `load` brings into memory; the others come through `readEntries`. */
  readonly tailEntriesMax: number
  /** Replaced, never changed in place. Only this file writes it. */
  contents: Contents
}

export const make = (
  options: { readonly storageId?: string; readonly tailEntriesMax?: number } = {}
): MemoryDisk => ({
  storageId: options.storageId ?? "",
  tailEntriesMax: Math.max(1, options.tailEntriesMax ?? Infinity),
  contents: {
    hardState: emptyState.hardState,
    snapshot: undefined,
    snapshotBytes: noBytes,
    staged: [],
    log: Log.fromPersistent(emptyState)
  }
})

/** Another disk with the same contents: what the first one is told later does not show on it. */
export const copy = (disk: MemoryDisk): MemoryDisk => ({ ...disk })

/** Size of what Raft keeps on it, without snapshots (bytes). */
export const bytes = (disk: MemoryDisk): number =>
  allEntries(disk.contents.log).reduce((total, entry) => total + entryBytes(entry), hardStateBytes)

/** A term and a vote, generously. */
const hardStateBytes = 80

const allEntries = (log: Log.Log): ReadonlyArray<Entry> => {
  const range = { from: logIndex(log.lastIncludedIndex + 1), through: log.lastIndex, bytesMax: Infinity }
  const entries = Log.entries(log, range)
  // This log was never evicted from: all of it is in memory.
  return entries === Log.NotInMemory ? [] : entries
}

/** The `Persister` of whichever server runs on this disk. */
export const persister = (disk: MemoryDisk): Persister["Service"] =>
  Persister.of({
    load: Effect.sync(() => load(disk)),
    bootstrap: (snapshot) =>
      Effect.sync(() => {
        const log = Log.fromPersistent({ ...emptyState, snapshot, lastIndex: snapshot.lastIncludedIndex })
        disk.contents = { ...disk.contents, snapshot, log }
      }),
    submit: (writes) =>
      Effect.sync(() => {
        disk.contents = writes.reduce(write, disk.contents)
      }),
    readEntries: (range) => Effect.sync(() => read(disk, range)),
    saveSnapshot: (heading, bytes) =>
      Effect.map(Stream.runCollect(bytes), (pieces) => {
        const snapshotBytes = joined(pieces)
        const snapshot = { ...heading, size: snapshotBytes.length }
        const isNewer = heading.lastIncludedIndex > (disk.contents.snapshot?.lastIncludedIndex ?? 0)
        if (isNewer) disk.contents = { ...disk.contents, snapshot, snapshotBytes }
        return snapshot
      }),
    readSnapshot: (range) => Effect.sync(() => readSnapshot(disk, range)),
    compact: (through) =>
      Effect.sync(() => {
        const { contents } = disk
        disk.contents = { ...contents, log: Log.compact(contents.log, through) }
      })
  })

export const layer = (disk: MemoryDisk): Layer.Layer<Persister> => Layer.succeed(Persister, persister(disk))

const load = ({ contents, storageId, tailEntriesMax }: MemoryDisk): LoadedState => {
  // A transfer that its server did not live to see the end of begins anew.
  const { hardState, log, snapshot } = contents
  const first = Math.max(log.lastIncludedIndex + 1, log.lastIndex - tailEntriesMax + 1)
  const tail = Log.entries(log, { from: logIndex(first), through: log.lastIndex, bytesMax: Infinity })
  return {
    storageId,
    hardState,
    snapshot,
    lastIndex: log.lastIndex,
    termRuns: storedRuns(log),
    configurations: allEntries(log).filter(({ kind }) => kind === "Configuration"),
    tail: tail === Log.NotInMemory ? [] : tail
  }
}

/** Runs that begin at the first entry, whatever there was before it. */
const storedRuns = ({ lastIncludedIndex, lastIndex, termRuns }: Log.Log): LoadedState["termRuns"] => {
  const [first, ...later] = termRuns
  if (first === undefined || lastIndex === lastIncludedIndex) return []
  return [{ from: logIndex(Math.max(first.from, lastIncludedIndex + 1)), term: first.term }, ...later]
}

const write = (contents: Contents, { chunk, entries, hardState, truncateFrom }: Write): Contents => {
  const kept = truncateFrom === undefined ? contents.log : Log.truncate(contents.log, truncateFrom)
  const written: Contents = {
    hardState: hardState ?? contents.hardState,
    snapshot: contents.snapshot,
    snapshotBytes: contents.snapshotBytes,
    staged: contents.staged,
    log: Log.append(kept, entries)
  }
  return chunk === undefined ? written : writeChunk(written, chunk)
}

/** The last chunk puts the snapshot in place of the whole log. */
const writeChunk = (contents: Contents, { bytes, isLast, offset, snapshot }: SnapshotChunk): Contents => {
  const staged = offset === 0 ? [bytes] : [...contents.staged, bytes]
  if (!isLast) return { ...contents, staged }
  return {
    hardState: contents.hardState,
    snapshot,
    snapshotBytes: joined(staged),
    staged: [],
    log: Log.ofSnapshot(contents.log, snapshot)
  }
}

const readSnapshot = (
  { contents }: MemoryDisk,
  { lastIncludedIndex, length, offset }: SnapshotRange
): Uint8Array | undefined =>
  contents.snapshot?.lastIncludedIndex === lastIncludedIndex
    ? contents.snapshotBytes.subarray(offset, offset + length)
    : undefined

const read = ({ contents }: MemoryDisk, range: EntryRange): ReadonlyArray<Entry> => {
  const entries = Log.entries(contents.log, range)
  return entries === Log.NotInMemory ? [] : entries
}
