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
  type SnapshotMetadata,
  type Write
} from "@effect-raft/core"
import { Effect, Layer } from "effect"
import { type EntryRange, type LoadedState, Persister } from "./Persister.ts"

interface Contents {
  readonly hardState: HardState
  readonly snapshot: SnapshotMetadata | undefined
  readonly log: Log.Log
}

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
  contents: { hardState: emptyState.hardState, snapshot: undefined, log: Log.fromPersistent(emptyState) }
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
    readEntries: (range) => Effect.sync(() => read(disk, range))
  })

export const layer = (disk: MemoryDisk): Layer.Layer<Persister> => Layer.succeed(Persister, persister(disk))

const load = ({ contents, storageId, tailEntriesMax }: MemoryDisk): LoadedState => {
  const { hardState, log, snapshot } = contents
  const first = Math.max(log.lastIncludedIndex + 1, log.lastIndex - tailEntriesMax + 1)
  const tail = Log.entries(log, { from: logIndex(first), through: log.lastIndex, bytesMax: Infinity })
  return {
    storageId,
    hardState,
    snapshot,
    lastIndex: log.lastIndex,
    termRuns: log.termRuns,
    configurations: allEntries(log).filter(({ kind }) => kind === "Configuration"),
    tail: tail === Log.NotInMemory ? [] : tail
  }
}

const write = (contents: Contents, { entries, hardState, truncateFrom }: Write): Contents => {
  const kept = truncateFrom === undefined ? contents.log : Log.truncate(contents.log, truncateFrom)
  return {
    hardState: hardState ?? contents.hardState,
    snapshot: contents.snapshot,
    log: Log.append(kept, entries)
  }
}

const read = ({ contents }: MemoryDisk, range: EntryRange): ReadonlyArray<Entry> => {
  const entries = Log.entries(contents.log, range)
  return entries === Log.NotInMemory ? [] : entries
}
