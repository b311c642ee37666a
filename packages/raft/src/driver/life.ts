/**
 * The life of a server, from its first turn to its end.
 *
 * It ends when its scope closes, when storage fails, or on a defect. Then
 * whoever waits is answered, readers end, and nothing more is sent.
 */
import { Cause, Deferred, Effect, Exit, Option } from "effect"
import { type StorageFailed, Stopped } from "../errors.ts"
import type { PendingProposals } from "./PendingProposals.ts"
import { run, type Workplace } from "./run.ts"

export interface Life {
  /** Why it ended; `undefined` while it lasts. */
  readonly ended: () => StorageFailed | Stopped | undefined
  readonly stopped: Effect.Effect<void, StorageFailed>
}

/** Starts the server's fibers in its scope. */
export const begin = Effect.fnUntraced(function* (place: Workplace, pending: PendingProposals) {
  const done = yield* Deferred.make<void, StorageFailed>()
  let reason: StorageFailed | Stopped | undefined

  const end = (why: StorageFailed | Stopped) =>
    Effect.suspend(() => {
      if (reason !== undefined) return Effect.void
      reason = why
      pending.endAll(why._tag, why)
      place.changed.notify()
      return Effect.asVoid(Deferred.done(done, why._tag === "StorageFailed" ? Exit.fail(why) : Exit.void))
    })

  // Registered before the fibers, so it runs after they have ended.
  yield* Effect.addFinalizer(() => end(new Stopped({ server: place.server })))
  yield* run(place).pipe(
    Effect.onExit((exit) => (Exit.isFailure(exit) ? endWith(place.server, exit.cause, end) : Effect.void)),
    Effect.forkIn(place.scope, { startImmediately: true })
  )
  const life: Life = { ended: () => reason, stopped: Deferred.await(done) }
  return life
})

const endWith = (
  server: string,
  cause: Cause.Cause<StorageFailed>,
  end: (why: StorageFailed | Stopped) => Effect.Effect<void>
): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return end(new Stopped({ server }))
  const why = Option.getOrElse(Cause.findErrorOption(cause), () => new Stopped({ server }))
  return Effect.andThen(Effect.logError(`server ${server} stops`, cause), end(why))
}
