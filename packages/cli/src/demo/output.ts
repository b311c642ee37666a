/**
 * Writing to a Node stream that may close at any time.
 */
import { Deferred, Effect } from "effect"
import type { Writable } from "node:stream"

export interface Output {
  /** Waits until the text has left. Once the stream is closed it waits for ever. */
  readonly write: (text: string) => Effect.Effect<void>
  readonly closed: Effect.Effect<void>
}

/**
 * A closed pipe (`… | head -1`) shows as an error of the write, and again as
 * an event, which ends the process unless somebody listens: so the listener
 * stays for good.
 */
export const make = (stream: Writable): Effect.Effect<Output> =>
  Effect.sync(() => {
    const closed = Deferred.makeUnsafe<void>()
    const close = () => Deferred.doneUnsafe(closed, Effect.void)
    stream.on("error", close)

    const write = (text: string) =>
      Effect.callback<void>((resume) => {
        stream.write(text, (error) => (error ? close() : resume(Effect.void)))
      })

    return { write, closed: Deferred.await(closed) }
  })
