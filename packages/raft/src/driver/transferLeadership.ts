/**
 * Handing leadership over (thesis §3.10), for somebody who waits for its end.
 *
 * The reducer says when this server leads no more; who leads instead it learns
 * like any follower. Whatever happens, the wait ends: a transfer lasts an
 * election timeout at most, and the news of who leads is waited for no longer
 * than two.
 */
import { serverId, type TransferAnswer } from "@effect-raft/core"
import { Clock, type Duration, Effect, Option, Stream } from "effect"
import { NotLeader, Stopped, TransferFailed } from "../errors.ts"
import type { Change, TransferError } from "../raftServerModel.ts"
import type { Life } from "./life.ts"
import type { Workplace } from "./run.ts"

export interface Handover {
  readonly place: Workplace
  readonly life: Life
  readonly changes: Stream.Stream<Change>
  /** How long the news of who leads may take, once this server does not. */
  readonly newsWithin: Duration.Duration
}

export const transferLeadership = (handover: Handover, target: string): Effect.Effect<void, TransferError> =>
  request(handover.place, target).pipe(
    Effect.flatMap((answer) => conclude(handover, target, answer)),
    // A server that ends answers nobody.
    Effect.raceFirst(untilEnded(handover))
  )

const untilEnded = ({ life, place }: Handover): Effect.Effect<never, TransferError> =>
  Effect.flatMap(Effect.exit(life.stopped), () =>
    Effect.fail(life.ended() ?? new Stopped({ server: place.server }))
  )

/** Asks in the next turn. Interrupting it forgets the answer, not the transfer. */
const request = ({ driver, wake }: Workplace, target: string): Effect.Effect<TransferAnswer> =>
  Effect.withFiber((fiber) =>
    Effect.callback<TransferAnswer>((resume) => {
      driver.transfer(serverId(target), (answer) => resume(Effect.succeed(answer)))
      wake.openSoon(fiber)
    })
  )

const conclude = (
  handover: Handover,
  target: string,
  answer: TransferAnswer
): Effect.Effect<void, TransferError> => {
  const { server } = handover.place
  switch (answer._tag) {
    case "AlreadyLeader":
      return Effect.void
    case "NotLeader":
      return Effect.fail(new NotLeader({ server, leader: answer.leaderId }))
    case "NotVoter":
    case "AlreadyInProgress":
    case "TimedOut":
      return Effect.fail(new TransferFailed({ server, target, reason: answer._tag }))
    case "SteppedDown":
      return Effect.flatMap(nextLeader(handover), (leader) =>
        leader === target
          ? Effect.void
          : Effect.fail(handover.life.ended() ?? new TransferFailed({ server, target, reason: "Lost" }))
      )
  }
}

/** Who leads after this server, as soon as it hears from somebody; `undefined` if that takes too long. */
const nextLeader = ({ changes, newsWithin, place }: Handover): Effect.Effect<string | undefined> =>
  changes.pipe(
    Stream.filter(({ leader }) => leader !== undefined),
    Stream.runHead,
    Effect.timeoutOption(newsWithin),
    Effect.provideService(Clock.Clock, place.clock),
    Effect.map((news) => Option.getOrUndefined(Option.flatten(news))?.leader)
  )
