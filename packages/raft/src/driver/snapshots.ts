/**
 * Snapshots between the state machine, storage and the network (§7): taken,
 * restored, read for peers. What happens when is the reducer's order.
 */
import {
  type InstallSnapshot,
  type SendSnapshot,
  type SnapshotMetadata,
  type TakeSnapshot,
  withChunk
} from "@effect-raft/core"
import { Deferred, Effect, Option, Stream } from "effect"
import type { Persister, PersisterError } from "../Persister.ts"
import type { SnapshotSupport } from "../StateMachine.ts"
import type { Workplace } from "./workplace.ts"
import { storageFailed } from "./storage.ts"

/** Bytes of a snapshot read at once while it is restored. */
const pieceBytesMax = 1_048_576

/** The bytes of a stored snapshot, piece by piece. */
export const snapshotBytes = (
  { readSnapshot }: Persister["Service"],
  { lastIncludedIndex, size }: SnapshotMetadata
): Stream.Stream<Uint8Array, PersisterError> =>
  Stream.paginate(
    0,
    Effect.fnUntraced(function* (offset: number) {
      if (offset >= size) return [[], Option.none<number>()] as const
      const length = Math.min(pieceBytesMax, size - offset)
      const piece = yield* readSnapshot({ lastIncludedIndex, offset, length })
      if (piece?.length !== length) {
        throw new Error(
          `storage gave ${piece?.length ?? "no"} bytes at ${offset} of snapshot ${lastIncludedIndex}`
        )
      }
      return [[piece], Option.some(offset + length)] as const
    })
  )

/** Replaces the state machine's state by the stored snapshot's: before a server's first turn, or when the reducer says. */
export const restore = (
  persister: Persister["Service"],
  support: SnapshotSupport | undefined,
  snapshot: SnapshotMetadata
): Effect.Effect<void, PersisterError> => {
  if (support !== undefined) return support.restore(snapshotBytes(persister, snapshot))
  const text = `the state machine takes no snapshots, and the log begins after one (${snapshot.lastIncludedIndex})`
  return Effect.die(new Error(text))
}

/** Catches the state, lets the state machine go on, and saves the bytes beside it. */
export const take = (place: Workplace, { snapshot }: TakeSnapshot): Effect.Effect<void> => {
  const { broken, driver, persister, scope, server, snapshots, wake } = place
  if (snapshots === undefined) {
    return Effect.die(new Error("a state machine without snapshots is asked for none"))
  }
  return Effect.gen(function* () {
    const { encode } = yield* snapshots.capture
    driver.post({ _tag: "SnapshotTaken", index: snapshot.lastIncludedIndex })
    yield* wake.open
    yield* persister.saveSnapshot(snapshot, encode).pipe(
      Effect.mapError((error) => storageFailed(server, "saveSnapshot", error)),
      Effect.flatMap((saved) => {
        driver.post({ _tag: "SnapshotPersisted", snapshot: saved })
        return wake.open
      }),
      Effect.onError((cause) => Deferred.failCause(broken, cause)),
      Effect.forkIn(scope, { startImmediately: true })
    )
  })
}

/** Takes another server's snapshot in. A failed read is repeated: the state is as it was. */
export const install = (place: Workplace, order: InstallSnapshot): Effect.Effect<void> => {
  const { driver, pending, persister, retryAfter, server, snapshots, wake } = place
  const { lastIncludedIndex } = order.snapshot
  return restore(persister, snapshots, order.snapshot).pipe(
    Effect.flatMap(() => {
      pending.covered(lastIncludedIndex)
      driver.post({ _tag: "SnapshotRestored", index: lastIncludedIndex })
      return Effect.asVoid(wake.open)
    }),
    Effect.catch((error) => {
      const text = `server ${server} could not read snapshot ${lastIncludedIndex}; it will try again`
      return Effect.logWarning(text, error).pipe(
        Effect.andThen(Effect.sleep(retryAfter)),
        Effect.andThen(install(place, order))
      )
    })
  )
}

/** Reads a chunk and sends it; one that cannot be read is lost, as on a network. */
export const sendChunk = (place: Workplace, { length, request }: SendSnapshot): Effect.Effect<void> => {
  const { broken, driver, persister, scope, server, transport, wake } = place
  const { offset, sequence, snapshot, to } = request
  const { lastIncludedIndex } = snapshot
  const lost = Effect.suspend(() => {
    driver.post({ _tag: "PeerUnreachable", peer: to, sequence })
    return Effect.asVoid(wake.open)
  })
  return persister.readSnapshot({ lastIncludedIndex, offset, length }).pipe(
    Effect.flatMap((bytes) =>
      bytes?.length === length ? transport.send([withChunk(request, bytes)]) : lost
    ),
    Effect.catch((error) =>
      Effect.andThen(
        Effect.logWarning(
          `server ${server} could not read snapshot ${lastIncludedIndex} at ${offset}`,
          error
        ),
        lost
      )
    ),
    Effect.onError((cause) => Deferred.failCause(broken, cause)),
    Effect.forkIn(scope, { startImmediately: true }),
    Effect.asVoid
  )
}

/** Storage forgets what a durable snapshot covers, in its own time. */
export const compact = (
  { broken, persister, scope, server }: Workplace,
  through: Parameters<Persister["Service"]["compact"]>[0]
): Effect.Effect<void> =>
  persister.compact(through).pipe(
    Effect.mapError((error) => storageFailed(server, "compact", error)),
    Effect.onError((cause) => Deferred.failCause(broken, cause)),
    Effect.forkIn(scope, { startImmediately: true }),
    Effect.asVoid
  )
