/**
 * Changing who belongs to the cluster (§6), for somebody who waits for its end.
 *
 * The reducer says at once whether it has appended the change; that it is
 * committed, and a joint configuration left, shows in the server's own log. The
 * wait ends as a proposal's does.
 */
import {
  type ConfigurationChangeAnswer,
  Configuration,
  Configurations,
  isServerId,
  Log,
  type LogIndex,
  logIndex,
  type MemberChange,
  type Server,
  type Term
} from "@effect-raft/core"
import { Clock, type Duration, Effect, Option, Stream } from "effect"
import { ChangeRefused, NotLeader, OutcomeUnknown } from "../errors.ts"
import type { Change, ChangeError, ChangeOptions, MembershipChange } from "../raftServerModel.ts"
import type { Life } from "./life.ts"
import type { Workplace } from "./workplace.ts"

export interface Changing {
  readonly place: Workplace
  readonly life: Life
  readonly changes: Stream.Stream<Change>
  /** How long the end may take, once the change is in the log. */
  readonly timeout: Duration.Duration
}

export const changeConfiguration = (
  changing: Changing,
  changes: ReadonlyArray<MembershipChange>,
  { expectedIndex }: ChangeOptions = {}
): Effect.Effect<void, ChangeError> =>
  Effect.suspend(() => {
    const { life, place } = changing
    const ended = life.ended()
    if (ended !== undefined) return Effect.fail(ended)
    const requested: Array<MemberChange> = []
    for (const change of changes) {
      const known = toMemberChange(change)
      if (known === undefined) {
        const text = `${JSON.stringify(change.id)} is not 1 to 64 characters of A-Z a-z 0-9 . _ -`
        return Effect.fail(new ChangeRefused({ server: place.server, reason: "InvalidMember", text }))
      }
      requested.push(known)
    }
    const expected = expectedIndex === undefined ? undefined : logIndex(expectedIndex)
    return request(place, requested, expected).pipe(
      // A server that ends answers nobody.
      Effect.raceFirst(
        Effect.andThen(
          Effect.exit(life.stopped),
          Effect.suspend(() => failEnded(life))
        )
      ),
      Effect.flatMap((answer) => conclude(changing, answer))
    )
  })

const failEnded = (life: Life): Effect.Effect<never, ChangeError> => {
  const ended = life.ended()
  return ended === undefined ? Effect.never : Effect.fail(ended)
}

/** The change as the reducer takes it; `undefined` if its id is none. */
const toMemberChange = (change: MembershipChange): MemberChange | undefined => {
  const { id } = change
  if (!isServerId(id)) return undefined
  switch (change._tag) {
    case "Add":
      return { _tag: "Add", member: Configuration.learner(id, change) }
    case "Promote":
    case "Demote":
    case "Remove":
      return { _tag: change._tag, id }
    case "Update":
      return { ...change, id }
  }
}

/** Asks in the next turn. Interrupting it forgets the answer, not the change. */
const request = (
  { driver, wake }: Workplace,
  changes: ReadonlyArray<MemberChange>,
  expectedIndex: LogIndex | undefined
): Effect.Effect<ConfigurationChangeAnswer> =>
  Effect.withFiber((fiber) =>
    Effect.callback<ConfigurationChangeAnswer>((resume) => {
      const forget = driver.changeConfiguration({ _tag: "Simplest", changes }, expectedIndex, (answer) =>
        resume(Effect.succeed(answer))
      )
      wake.openSoon(fiber)
      return Effect.sync(forget)
    })
  )

const conclude = (
  changing: Changing,
  answer: ConfigurationChangeAnswer
): Effect.Effect<void, ChangeError> => {
  const { server } = changing.place
  const refuse = (reason: ChangeRefused["reason"], text: string) =>
    Effect.fail(new ChangeRefused({ server, reason, text }))
  switch (answer._tag) {
    case "NotLeader":
      return Effect.fail(new NotLeader({ server, leader: answer.leaderId }))
    case "IndexMismatch":
      return refuse(answer._tag, `the configuration in force is that of index ${answer.index}`)
    case "NoOwnEntryCommitted":
      return refuse(answer._tag, "this leader has committed nothing yet; try again in a moment")
    case "ChangeInProgress":
      return refuse(answer._tag, `the change at index ${answer.index} has to end first`)
    case "TransferInProgress":
      return refuse(answer._tag, `leadership is being handed to ${answer.target}`)
    case "NotCaughtUp":
      return refuse(
        answer._tag,
        `${answer.id} does not hold enough of the log to vote, or is not heard from: add it without a vote and promote it when it has caught up`
      )
    case "Refused":
      return refuse(answer.error.reason, answer.error.text)
    case "Appended":
      return awaitEnd(changing, answer)
  }
}

/** Where a change stands in the log. */
interface Place {
  readonly index: LogIndex
  readonly term: Term
}

type Progress = "Pending" | "Done" | "Superseded"

const awaitEnd = (
  { changes, life, place, timeout }: Changing,
  appended: Place
): Effect.Effect<void, ChangeError> =>
  changes.pipe(
    Stream.map(() => progressOf(place.driver.server, appended)),
    Stream.filter((progress) => progress !== "Pending"),
    Stream.runHead,
    Effect.map(Option.getOrUndefined),
    Effect.timeoutOption(timeout),
    Effect.provideService(Clock.Clock, place.clock),
    Effect.flatMap((progress): Effect.Effect<void, ChangeError> => {
      const { server } = place
      if (Option.isSome(progress) && progress.value === "Done") return Effect.void
      if (Option.isSome(progress) && progress.value === "Superseded") {
        const text = "another leader replaced it before it was committed; it is safe to ask again"
        return Effect.fail(new ChangeRefused({ server, reason: "Superseded", text }))
      }
      const reason = life.ended()?._tag ?? "Timeout"
      return Effect.fail(new OutcomeUnknown({ server, index: appended.index, term: appended.term, reason }))
    })
  )

/** A joint configuration is not the end of a change: its leader, whoever that is by then, leaves it. */
const progressOf = ({ commitIndex, log }: Server, { index, term }: Place): Progress => {
  if (commitIndex < index) return "Pending"
  const found = Log.termAt(log, index)
  if (found !== undefined && found !== term) return "Superseded"
  const latest = Configurations.inForce(log.configurations)
  const isOver = latest.index <= commitIndex && latest.configuration.outgoing?.autoLeave !== true
  return isOver ? "Done" : "Pending"
}
