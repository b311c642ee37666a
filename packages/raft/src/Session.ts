/**
 * A client's session as an application holds it (§8, thesis §6.3): it numbers
 * commands, repeats those whose outcome is not known, and is executed once for
 * each.
 */
import { Duration, Effect, Schedule, type Scope } from "effect"
import { Numbering } from "./driver/Numbering.ts"
import type { OutcomeUnknown } from "./errors.ts"
import type { ProposeError, SessionAccess, SessionCommandError } from "./raftServerModel.ts"

export interface Session<Command, Result> {
  /** Where the log holds its registration. */
  readonly id: number
  /**
   * Has a command executed exactly once, and gives the state machine's result:
   * whatever becomes of leaders, servers and messages meanwhile, it is repeated
   * under the same number until it is answered.
   *
   * After `retryFor` without an answer it fails as its last attempt did, or with
   * `OutcomeUnknown` if any attempt may have been executed. Commands that are
   * proposed at the same time may be executed in any order. Interrupting it
   * gives up the answer: the command is executed at most once.
   */
  readonly propose: (command: Command) => Effect.Effect<Result, SessionCommandError>
}

export interface SessionOptions {
  /** How long a command is repeated before its outcome is left open. Default 30 s. */
  readonly retryFor?: Duration.Duration
  /** Rest between two attempts. Default 50 ms. */
  readonly retryPause?: Duration.Duration
  /** Commands under way at once; others wait. At most what the cluster keeps for a session. Default 256. */
  readonly openMax?: number
  /** How often a session without commands says that it is there. A third of the longest silence allowed. Default 20 minutes. */
  readonly keepAliveInterval?: Duration.Duration
}

/**
 * Opens a session by way of `access`: that of one server, or of a client that
 * knows several.
 *
 * The scope owns its keep-alive. Closing it stops that, and asks for the session
 * to be closed without waiting for it: one that nobody hears of expires.
 */
export const open = Effect.fnUntraced(function* <Command, Result>(
  access: SessionAccess<Command, Result>,
  options: SessionOptions = {}
): Effect.fn.Return<Session<Command, Result>, ProposeError, Scope.Scope> {
  const {
    keepAliveInterval = Duration.minutes(20),
    openMax = 256,
    retryFor = Duration.seconds(30),
    retryPause = Duration.millis(50)
  } = options
  const pace = Schedule.spaced(retryPause).pipe(Schedule.upTo({ duration: retryFor }))
  const id = yield* Effect.retry(access.register, { while: isWorthRepeating, schedule: pace })
  const numbering = new Numbering(openMax)
  yield* Effect.addFinalizer(() => Effect.forkDetach(Effect.ignore(access.close(id))))

  /** Commands numbered when the last rest of the keep-alive ended. */
  let numbered = 0
  yield* Effect.sleep(keepAliveInterval).pipe(
    Effect.andThen(
      Effect.suspend(() => {
        const isIdle = numbering.last === numbered
        numbered = numbering.last
        const { firstUnacknowledged } = numbering
        return isIdle ? Effect.ignore(access.keepAlive({ session: id, firstUnacknowledged })) : Effect.void
      })
    ),
    Effect.forever,
    Effect.forkScoped
  )

  const attempts = (sequence: number, command: Command): Effect.Effect<Result, SessionCommandError> => {
    let unknown: OutcomeUnknown | undefined
    return Effect.suspend(() => {
      const { firstUnacknowledged } = numbering
      return access.propose({ session: id, sequence, firstUnacknowledged }, command)
    }).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          if (error._tag === "OutcomeUnknown") unknown = error
        })
      ),
      Effect.retry({ while: isWorthRepeating, schedule: pace }),
      // What was appended nowhere this time may have been appended before.
      Effect.mapError((error) => (unknown !== undefined && saysNowhere(error) ? unknown : error))
    )
  }

  return {
    id,
    propose: (command) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          const place = numbering.enter()
          const answered = Effect.flatMap(numbering.sequenceOf(place), (sequence) =>
            attempts(sequence, command)
          )
          return Effect.onExit(restore(answered), () => Effect.sync(() => numbering.leave(place)))
        })
      )
  }
})

/** Whether another attempt may be answered. */
const isWorthRepeating = (error: SessionCommandError): boolean => {
  switch (error._tag) {
    case "NotLeader":
    case "Overloaded":
    case "Superseded":
    case "OutcomeUnknown":
    case "TooManyUnacknowledged":
      return true
    case "InvalidCommand":
    case "StorageFailed":
    case "Stopped":
    case "SessionExpired":
    case "AnswerForgotten":
      return false
  }
}

/** Whether an error says that an attempt was appended nowhere, which says nothing about the attempts before it. */
const saysNowhere = (error: SessionCommandError): boolean => {
  switch (error._tag) {
    case "NotLeader":
    case "Overloaded":
    case "Superseded":
    case "TooManyUnacknowledged":
    case "InvalidCommand":
    case "StorageFailed":
    case "Stopped":
      return true
    case "OutcomeUnknown":
    case "SessionExpired":
    case "AnswerForgotten":
      return false
  }
}
