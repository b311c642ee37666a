/**
 * The two ways in: `propose` waits for the result, `start` does not.
 */
import { type CommandKind, logIndex } from "@effect-raft/core"
import { Deferred, Effect, Exit, Result } from "effect"
import { type InvalidCommand, Overloaded, type StorageFailed, type Stopped } from "../errors.ts"
import type { ProposeError, Started } from "../raftServerModel.ts"
import type { Life } from "./life.ts"
import type { PendingProposals } from "./PendingProposals.ts"
import type { Workplace } from "./workplace.ts"

/** A command as the log holds it, or why it cannot be held. */
export type Encoded = Result.Result<Uint8Array, InvalidCommand>

/** Joins the next turn's proposals and waits for the end of its own. */
export const propose = <Answer>(
  { wake }: Workplace,
  pending: PendingProposals,
  life: Life,
  encoded: Encoded,
  kind: CommandKind = "Command"
): Effect.Effect<Answer, ProposeError> =>
  Effect.withFiber((fiber) => {
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail<ProposeError>(ended)
    if (Result.isFailure(encoded)) return Effect.fail<ProposeError>(encoded.failure)
    return Effect.callback<Answer, ProposeError>((resume) => {
      const resumed = (exit: Exit.Exit<unknown, ProposeError>) => {
        // Whoever gave this answer, the state machine or the session table, is who the caller knows.
        resume(exit as Exit.Exit<Answer, ProposeError>)
      }
      const id = pending.add(encoded.success, resumed, kind)
      wake.openSoon(fiber)
      return Effect.sync(() => pending.withdraw(id))
    })
  })

type StartRefusal = Overloaded | InvalidCommand | StorageFailed | Stopped

/** Steps the command at once, for it must name its index; what that leaves to send goes with the next turn. */
export const start = (
  { broken, driver, server, wake }: Workplace,
  life: Life,
  encoded: Encoded
): Effect.Effect<Started, StartRefusal> =>
  Effect.withFiber((fiber): Effect.Effect<Started, StartRefusal> => {
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail(ended)
    if (Result.isFailure(encoded)) return Effect.fail(encoded.failure)
    const answer = attempt(broken, () => driver.start(encoded.success))
    const term = driver.server.currentTerm
    switch (answer._tag) {
      case "NotLeader":
      case "Unknown":
        return Effect.succeed({ index: logIndex(0), term, isLeader: false })
      case "Overloaded":
        return Effect.fail(new Overloaded({ server }))
      case "Appended":
        wake.openSoon(fiber)
        return Effect.succeed({ index: answer.index, term, isLeader: true })
    }
  })

/** A reducer that throws here is as broken as one that throws in a turn. */
const attempt = <A>(broken: Workplace["broken"], evaluate: () => A): A => {
  try {
    return evaluate()
  } catch (defect) {
    Deferred.doneUnsafe(broken, Exit.die(defect))
    throw defect
  }
}
