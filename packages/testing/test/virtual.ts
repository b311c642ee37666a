/**
 * Tests in virtual time, as `it.effect` runs them under `TestClock`.
 */
import { Cause, type Effect, Exit } from "effect"
import { VirtualTime } from "../src/index.ts"

export const inVirtualTime = <A, E>(effect: Effect.Effect<A, E>): A => {
  const exit = VirtualTime.runSyncExit(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw Cause.squash(exit.cause)
}

/** The body of a test that runs in virtual time. */
export const virtually =
  <E>(effect: () => Effect.Effect<void, E>) =>
  (): void => {
    inVirtualTime(effect())
  }
