/**
 * Streams that follow a server: the entries it applies, the changes it goes
 * through.
 *
 * Readers pull. Entries come from the log itself, so nothing is buffered for a
 * slow reader, nothing dropped, and nobody waits for it.
 */
import { type Entry, Log, type LogIndex, logIndex, type Server } from "@effect-raft/core"
import { Effect, Option, Stream } from "effect"
import type { PersisterError } from "../Persister.ts"
import type { EntryRange } from "../Persister.ts"
import type { Signal } from "./Signal.ts"

export interface Followed {
  readonly server: () => Server
  readonly isStopped: () => boolean
  readonly changed: Signal
}

/** Bytes of entries in one pull. */
const chunkBytesMax = 1_048_576

/** Committed entries from index `from` on, once applied. */
export const entriesFrom = (
  followed: Followed,
  from: LogIndex,
  readEntries: (range: EntryRange) => Effect.Effect<ReadonlyArray<Entry>, PersisterError>
): Stream.Stream<Entry, PersisterError> =>
  Stream.paginate(
    from,
    Effect.fnUntraced(function* (next: LogIndex) {
      yield* waitUntil(followed, ({ apply }) => apply.lastApplied >= next)
      const { apply, log } = followed.server()
      if (apply.lastApplied < next) return [[], Option.none<LogIndex>()] as const
      const range = { from: next, through: apply.lastApplied, bytesMax: chunkBytesMax }
      const inMemory = Log.entries(log, range)
      const entries = inMemory === Log.NotInMemory ? yield* readEntries(range) : inMemory
      return [entries, Option.some(logIndex(next + entries.length))] as const
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
