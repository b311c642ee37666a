/**
 * The life of a server, from its first turn to its end.
 *
 * It ends when its scope closes, when storage fails, or on a defect. Then, in
 * this order: whoever waits is answered and readers end; the fibers end, which
 * may take as long as a write in progress. So nobody hangs on a stuck disk.
 */
import { Cause, Deferred, Effect, Exit, Option, Scope } from "effect"
import { type StorageFailed, Stopped } from "../errors.ts"
import type { PendingProposals } from "./PendingProposals.ts"
import { run, type Workplace } from "./run.ts"

export interface Life {
  /** Why it ended; `undefined` while it lasts. */
  readonly ended: () => StorageFailed | Stopped | undefined
  readonly stopped: Effect.Effect<void, StorageFailed>
}

/** Starts the server's fibers; they end with the scope of the caller. */
export const begin = Effect.fnUntraced(function* (place: Workplace, pending: PendingProposals) {
  const { server } = place
  const done = yield* Deferred.make<void, StorageFailed>()
  let reason: StorageFailed | Stopped | undefined

  const end = (why: StorageFailed | Stopped, exit: Exit.Exit<void, StorageFailed>) =>
    Effect.sync(() => {
      if (reason !== undefined) return
      reason = why
      pending.endAll(why._tag, why)
      place.driver.reads.endAll(why)
      place.telemetry.stopped()
      place.changed.notify()
      Deferred.doneUnsafe(done, exit)
    })

  /** Every loop ends here; only the first that does says why. */
  const failed = (cause: Cause.Cause<StorageFailed>): Effect.Effect<void> => {
    if (reason !== undefined) return Effect.void
    const why = Option.getOrElse(Cause.findErrorOption(cause), () => new Stopped({ server }))
    return Effect.andThen(
      end(why, Exit.failCause(cause)),
      Effect.logError(`server ${server} stops by itself`, cause)
    )
  }

  yield* Effect.addFinalizer((exit) =>
    Effect.andThen(end(new Stopped({ server }), Exit.void), Scope.close(place.scope, exit))
  )
  yield* Effect.forkIn(run(place, failed), place.scope, { startImmediately: true })
  const life: Life = { ended: () => reason, stopped: Deferred.await(done) }
  return life
})
