/**
 * Linearizable reads (thesis §6.4): wait until this server's state machine holds
 * everything acknowledged before, then look at it.
 */
import type { LogIndex } from "@effect-raft/core"
import { Effect } from "effect"
import type { ReadError } from "../raftServerModel.ts"
import type { Life } from "./life.ts"
import type { Workplace } from "./run.ts"

/** Joins the next turn's reads and gives the index that this server has reached. */
export const readIndex = ({ driver, wake }: Workplace, life: Life): Effect.Effect<LogIndex, ReadError> =>
  Effect.withFiber((fiber) => {
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail<ReadError>(ended)
    return Effect.callback<LogIndex, ReadError>((resume) => {
      const id = driver.reads.add(resume)
      wake.openSoon(fiber)
      return Effect.sync(() => driver.reads.withdraw(id))
    })
  })
