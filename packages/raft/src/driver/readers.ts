/**
 * Streams that follow a server: the entries it applies, the changes it goes
 * through.
 *
 * Readers pull. Entries come from the log itself, so nothing is buffered for a
 * slow reader, nothing dropped, and nobody waits for it.
 */
import {
  type Entry,
  Log,
  type LogIndex,
  logIndex,
  type Server,
  type SnapshotMetadata
} from "@effect-raft/core"
import { type Duration, Effect, Option, Stream } from "effect"
import type { EntryRange, Persister } from "../Persister.ts"
import type { Signal } from "./Signal.ts"

export interface Followed {
  readonly server: () => Server
  readonly isStopped: () => boolean
  readonly changed: Signal
  readonly readEntries: Persister["Service"]["readEntries"]
  readonly readSnapshot: Persister["Service"]["readSnapshot"]
  /** Pause after a failed read. */
  readonly retryAfter: Duration.Duration
}

/** Bytes of entries in one pull. */
const chunkBytesMax = 1_048_576

/** A snapshot with its bytes, in place of entries that are forgotten. */
export interface Restored {
  readonly snapshot: SnapshotMetadata
  readonly bytes: Uint8Array
}

/** What the state machine was given from index `from` on: entries, or a snapshot where those are forgotten. */
export const appliedFrom = (followed: Followed, from: LogIndex): Stream.Stream<Entry | Restored> =>
  Stream.paginate(
    from,
    Effect.fnUntraced(function* (next: LogIndex) {
      yield* waitUntil(followed, (server) => isReadable(server, next))
      const { apply, log, snapshots } = followed.server()
      if (!isReadable(followed.server(), next)) return end
      if (next <= log.lastIncludedIndex) return yield* readSnapshot(followed, snapshots.latest, next)
      const range = { from: next, through: apply.lastApplied, bytesMax: chunkBytesMax }
      const inMemory = Log.entries(log, range)
      const entries = inMemory === Log.NotInMemory ? yield* readBack(followed, range) : inMemory
      if (entries === undefined) return end
      return [entries, Option.some(logIndex(next + entries.length))] as const
    })
  )

type Page = readonly [items: ReadonlyArray<Entry | Restored>, next: Option.Option<LogIndex>]

const end: Page = [[], Option.none()]

/** Whether the state machine holds the entry, and the snapshot that the log begins after. */
const isReadable = ({ apply, log, snapshots }: Server, next: LogIndex): boolean =>
  apply.lastApplied >= next &&
  (next > log.lastIncludedIndex || apply.lastApplied >= (snapshots.latest?.lastIncludedIndex ?? 0))

/** The snapshot that stands for entry `next`; if a newer one is taking its place, that one is next. */
const readSnapshot = (
  followed: Followed,
  snapshot: SnapshotMetadata | undefined,
  next: LogIndex
): Effect.Effect<Page> => {
  if (snapshot === undefined) return Effect.die(new Error("only what a snapshot covers is forgotten"))
  const { lastIncludedIndex, size } = snapshot
  const again = Effect.as(Effect.sleep(followed.retryAfter), [[], Option.some(next)] satisfies Page)
  return followed.readSnapshot({ lastIncludedIndex, offset: 0, length: size }).pipe(
    Effect.flatMap((bytes): Effect.Effect<Page> =>
      bytes === undefined
        ? again
        : Effect.succeed([[{ snapshot, bytes }], Option.some(logIndex(lastIncludedIndex + 1))])
    ),
    Effect.catch((error) => {
      if (followed.isStopped()) return Effect.succeed(end)
      const text = `a reader could not read snapshot ${lastIncludedIndex}; it will try again`
      return Effect.andThen(Effect.logWarning(text, error), again)
    })
  )
}

/**
 * Entries that memory has forgotten. A failed read is not the end of the log:
 * it is repeated for as long as the server runs, and `undefined` after that.
 */
const readBack = (followed: Followed, range: EntryRange): Effect.Effect<ReadonlyArray<Entry> | undefined> =>
  followed.readEntries(range).pipe(
    Effect.map((entries) => {
      if (entries[0]?.index === range.from) return entries
      // Forgotten while it was being read: a snapshot has it.
      if (range.from <= followed.server().log.lastIncludedIndex) return []
      throw new Error(
        `storage gave ${entries[0]?.index ?? "nothing"} where entry ${range.from} was asked for`
      )
    }),
    Effect.catch((error) => {
      if (followed.isStopped()) return Effect.succeed(undefined)
      return Effect.logWarning(
        `a reader could not read entries from ${range.from} on; it will try again`,
        error
      ).pipe(Effect.andThen(Effect.sleep(followed.retryAfter)), Effect.andThen(readBack(followed, range)))
    })
  )

/** A view of the server now, then at every change of it; what a slow reader missed is left out. */
export const views = <View>(
  followed: Followed,
  view: (server: Server) => View,
  isSame: (before: View, after: View) => boolean
): Stream.Stream<View> =>
  Stream.unfold(undefined as View | undefined, (before) =>
    Effect.gen(function* () {
      yield* waitUntil(followed, (server) => before === undefined || !isSame(before, view(server)))
      const now = view(followed.server())
      return before !== undefined && isSame(before, now) ? undefined : ([now, now] as const)
    })
  )

/** Waits for a condition on the server, or for its end. */
const waitUntil = (followed: Followed, holds: (server: Server) => boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const seen = followed.changed.version
    if (holds(followed.server()) || followed.isStopped()) return Effect.void
    return Effect.andThen(followed.changed.waitPast(seen), waitUntil(followed, holds))
  })
