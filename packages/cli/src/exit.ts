/**
 * Exit codes: 0 for success, 1 for failure, 2 for bad usage.
 */
import { Exit, Runtime, Cause, Schema } from "effect"
import { CliError } from "effect/cli"

/** The run came to its end and has said what went wrong: exit code 1, and not another word. */
export class Unsuccessful extends Schema.TaggedError<Unsuccessful>()("Unsuccessful", {}) {
  override readonly [Runtime.errorReported] = false
}

export const badUsage = 2

/** As Effect's own teardown, but for bad usage, which it does not tell from failure. */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  isBadUsage(exit) ? onExit(badUsage) : Runtime.defaultTeardown(exit, onExit)

const isBadUsage = (exit: Exit.Exit<unknown, unknown>): boolean => {
  if (Exit.isSuccess(exit)) return false
  const error = Cause.squash(exit.cause)
  return CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length > 0
}
