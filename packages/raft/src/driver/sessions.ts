/**
 * Session commands that somebody waits for (§8, thesis §6.3): from what a client
 * says of itself to an entry of the log, and from its outcome to an answer.
 */
import {
  encodeSessionCommand,
  logIndex,
  type SessionCommand,
  type SessionLimits,
  type SessionOutcome
} from "@effect-raft/core"
import { Duration, Effect, Result } from "effect"
import { AnswerForgotten, SessionExpired, TooManyUnacknowledged } from "../errors.ts"
import type { RaftOptionsShape } from "../RaftOptions.ts"
import type { ProposeError, SessionAccess, SessionCommandError } from "../raftServerModel.ts"
import { open, type SessionOptions } from "../Session.ts"
import type { Commands } from "./commands.ts"
import type { Life } from "./life.ts"
import { type Encoded, propose } from "./propose.ts"
import type { Kept } from "./SessionTable.ts"
import type { Workplace } from "./workplace.ts"

/** What a server has to do with sessions. Its own keep to the bounds that it writes into the log. */
export const sessionsOf = <Command, Answer>(
  place: Workplace,
  life: Life,
  { commands, options }: { readonly commands: Commands<Command>; readonly options: RaftOptionsShape }
) => {
  const limits = limitsOf(options)
  const sessions = accessOf<Command, Answer>(place, life, { commands, limits })
  const openMax = limits.answersMax
  const keepAliveInterval = Duration.millis(limits.silenceMillisMax / 3)
  return {
    sessions,
    openSession: (chosen?: SessionOptions) => open(sessions, { openMax, keepAliveInterval, ...chosen })
  }
}

/** The bounds that a registration writes into the log. */
const limitsOf = (options: RaftOptionsShape): SessionLimits => ({
  sessionsMax: options.sessionsMax,
  answersMax: options.sessionAnswersMax,
  silenceMillisMax: Math.ceil(Duration.toMillis(options.sessionSilenceMax))
})

/** Sessions by way of one server, each call one attempt. */
const accessOf = <Command, Answer>(
  place: Workplace,
  life: Life,
  { commands, limits }: { readonly commands: Commands<Command>; readonly limits: SessionLimits }
): SessionAccess<Command, Answer> => {
  const { pending, server } = place
  const attempt = (command: SessionCommand | Extract<Encoded, { readonly _tag: "Failure" }>) =>
    propose<SessionOutcome<Kept<Answer>>>(
      place,
      pending,
      life,
      "failure" in command ? command : Result.succeed(encodeSessionCommand(command)),
      "Session"
    )
  const ask = (
    session: number,
    command: SessionCommand
  ): Effect.Effect<void, ProposeError | SessionExpired> =>
    Effect.flatMap(attempt(command), (outcome) =>
      outcome._tag === "SessionExpired" ? Effect.fail(new SessionExpired({ server, session })) : Effect.void
    )

  return {
    register: Effect.flatMap(
      Effect.suspend(() => attempt({ _tag: "Register", limits })),
      (outcome) =>
        outcome._tag === "Registered" ? Effect.succeed(outcome.clientId) : Effect.die(unfit(outcome))
    ),
    propose: ({ firstUnacknowledged, sequence, session }, command) => {
      const encoded = commands.encode(command)
      const clientId = logIndex(session)
      return Effect.flatMap(
        attempt(
          Result.isFailure(encoded)
            ? encoded
            : { _tag: "Execute", clientId, sequence, firstUnacknowledged, command: encoded.success }
        ),
        (outcome) => answerOf(outcome, { server, session, sequence })
      )
    },
    keepAlive: ({ firstUnacknowledged, session }) =>
      ask(session, { _tag: "KeepAlive", clientId: logIndex(session), firstUnacknowledged }),
    close: (session) => ask(session, { _tag: "Close", clientId: logIndex(session) })
  }
}

const answerOf = <Answer>(
  outcome: SessionOutcome<Kept<Answer>>,
  of: { readonly server: string; readonly session: number; readonly sequence: number }
): Effect.Effect<Answer, SessionCommandError> => {
  const { server, session } = of
  switch (outcome._tag) {
    case "Answered":
      return outcome.answer === undefined
        ? Effect.fail(new AnswerForgotten(of))
        : Effect.succeed(outcome.answer.answer)
    case "Acknowledged":
      return Effect.fail(new AnswerForgotten(of))
    case "SessionExpired":
      return Effect.fail(new SessionExpired({ server, session }))
    case "TooManyUnacknowledged": {
      const { firstUnacknowledged } = outcome
      return Effect.fail(new TooManyUnacknowledged({ server, session, firstUnacknowledged }))
    }
    case "Registered":
    case "KeptAlive":
    case "Closed":
      return Effect.die(unfit(outcome))
  }
}

const unfit = ({ _tag }: { readonly _tag: string }) =>
  new Error(`the session table answered ${_tag} to something else`)
