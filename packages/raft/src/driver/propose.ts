/**
 * The two ways in: `propose` waits for the result, `start` does not.
 */
import { logIndex } from "@effect-raft/core"
import { Deferred, Effect, type Exit } from "effect"
import { Overloaded, type StorageFailed, type Stopped } from "../errors.ts"
import type { ProposeError, Started } from "../raftServerModel.ts"
import type { Life } from "./life.ts"
import type { PendingProposals } from "./PendingProposals.ts"
import type { Workplace } from "./run.ts"

/**
 * Joins the next turn's proposals and waits for the end of its own. The wake is
 * scheduled, not run here: proposals made meanwhile travel together.
 */
export const propose = <Result>(
  { wake }: Workplace,
  pending: PendingProposals,
  life: Life,
  payload: Uint8Array,
  deadline: number
): Effect.Effect<Result, ProposeError> =>
  Effect.uninterruptibleMask((restore) => {
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail<ProposeError>(ended)
    const result = Deferred.makeUnsafe<Result, ProposeError>()
    const id = pending.add(payload, deadline, (exit) => {
      // The state machine that gave this result is the one whose `Result` the caller knows.
      Deferred.doneUnsafe(result, exit as Exit.Exit<Result, ProposeError>)
    })
    return Effect.andThen(wake.open, restore(Deferred.await(result))).pipe(
      Effect.onInterrupt(() => Effect.sync(() => pending.withdraw(id)))
    )
  })

/** Steps the command at once, for it must name its index; what that leaves to send goes with the next turn. */
export const start = (
  { driver, server, wake }: Workplace,
  life: Life,
  payload: Uint8Array
): Effect.Effect<Started, Overloaded | StorageFailed | Stopped> =>
  Effect.suspend((): Effect.Effect<Started, Overloaded | StorageFailed | Stopped> => {
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail(ended)
    const answer = driver.start(payload)
    const term = driver.server.currentTerm
    switch (answer._tag) {
      case "NotLeader":
        return Effect.succeed({ index: logIndex(0), term, isLeader: false })
      case "Overloaded":
        return Effect.fail(new Overloaded({ server }))
      case "Appended":
        return Effect.as(wake.open, { index: answer.index, term, isLeader: true })
    }
  })
