/**
 * Client sessions (§8, thesis §6.3): a command that reaches the log several
 * times is executed once, and every copy gets the answer of the first.
 *
 * The table is part of the replicated state. It changes by `Session` entries
 * alone, in log order, and the only clock it knows is the log's time: all
 * servers end the same sessions at the same entries. A command whose session is
 * gone is never executed, because nobody knows any more whether it was.
 */
import { type LogIndex, logIndex } from "../ids.ts"
import { invariant } from "../invariant.ts"
import * as OrderedMap from "./orderedMap.ts"
import type { SessionCommand, SessionLimits } from "./sessionCommand.ts"

/** What became of a command: still being executed since the entry at `index`, or answered. */
export type Slot<Answer> =
  | { readonly _tag: "Executing"; readonly sequence: number; readonly index: LogIndex }
  | { readonly _tag: "Answered"; readonly sequence: number; readonly answer: Answer }

export interface Session<Answer> {
  /** Index of the entry that registered it. */
  readonly clientId: LogIndex
  /** Index and log time of its last entry. */
  readonly activeIndex: LogIndex
  readonly activeTime: number
  /** Commands below this one are done with; it never falls. */
  readonly firstUnacknowledged: number
  /** The commands from there on that were executed, sequence numbers rising. */
  readonly slots: ReadonlyArray<Slot<Answer>>
}

export interface Sessions<Answer> {
  /** Those of the last registration; all zero before the first. */
  readonly limits: SessionLimits
  /** Index and log time of the last `Session` entry. */
  readonly lastIndex: LogIndex
  readonly lastTime: number
  readonly byClient: OrderedMap.OrderedMap<Session<Answer>>
  /** Client ids by the index of their last entry: the first one was silent longest. */
  readonly byActivity: OrderedMap.OrderedMap<LogIndex>
}

/** A `Session` entry of the log. */
export interface SessionEntry {
  readonly index: LogIndex
  readonly time: number
  readonly command: SessionCommand
}

/** What the table says about an entry. Only for `Execute` the state machine has something to do. */
export type Admission<Answer> =
  | { readonly _tag: "Registered"; readonly clientId: LogIndex }
  /** Execute this, now, and give the answer to `recordAnswer`. */
  | {
      readonly _tag: "Execute"
      readonly clientId: LogIndex
      readonly sequence: number
      readonly command: Uint8Array
    }
  /** It was executed before, and this was the answer. */
  | { readonly _tag: "Answered"; readonly answer: Answer }
  /** It is being executed for the entry at `index`, whose answer is that of this entry too. */
  | { readonly _tag: "Executing"; readonly index: LogIndex }
  | { readonly _tag: "KeptAlive" }
  | { readonly _tag: "Closed" }
  /** Nothing is known of this client: not executed, and whether an earlier copy was is not known either. */
  | { readonly _tag: "SessionExpired"; readonly clientId: LogIndex }
  /** The client said that it has the answer: not executed again, and the answer is no longer here. */
  | { readonly _tag: "Acknowledged" }
  /** Too far ahead of the first unacknowledged command: not executed; another copy may be, once there is room. */
  | { readonly _tag: "TooManyUnacknowledged"; readonly firstUnacknowledged: number }

/** The table and what it says. */
export type Admitted<Answer> = readonly [sessions: Sessions<Answer>, admission: Admission<Answer>]

/** The table of a log without sessions. */
export const empty: Sessions<never> = {
  limits: { sessionsMax: 0, answersMax: 0, silenceMillisMax: 0 },
  lastIndex: logIndex(0),
  lastTime: 0,
  byClient: OrderedMap.empty,
  byActivity: OrderedMap.empty
}

/** Sequence numbers count from here. */
export const firstSequence = 1

export const size = <Answer>(sessions: Sessions<Answer>): number => sessions.byClient.size

/** All sessions, client ids rising. */
export const all = <Answer>(sessions: Sessions<Answer>): ReadonlyArray<Session<Answer>> =>
  OrderedMap.values(sessions.byClient)

/** Takes one entry of the log. Entries may be admitted in a row before their answers are recorded. */
export const admit = <Answer>(before: Sessions<Answer>, entry: SessionEntry): Admitted<Answer> => {
  const { command, index, time } = entry
  invariant(index > before.lastIndex, "session entries are applied once, in log order")
  invariant(time >= before.lastTime, "log time never falls")
  const sessions = withoutExpired({ ...before, lastIndex: index, lastTime: time })
  if (command._tag === "Register") return register(sessions, command.limits)

  const session = OrderedMap.get(sessions.byClient, command.clientId)
  if (session === undefined) return [sessions, { _tag: "SessionExpired", clientId: command.clientId }]
  switch (command._tag) {
    case "Execute": {
      const [used, admission] = admitCommand(sessions, heard(sessions, session, command), command)
      return [stored(sessions, session, used), admission]
    }
    case "KeepAlive":
      return [stored(sessions, session, heard(sessions, session, command)), { _tag: "KeptAlive" }]
    case "Close":
      return [without(sessions, session), { _tag: "Closed" }]
  }
}

/** Keeps the answer of a command for its next copy, unless the session ended or acknowledged it meanwhile. */
export const recordAnswer = <Answer>(
  sessions: Sessions<Answer>,
  executed: { readonly clientId: LogIndex; readonly sequence: number },
  answer: Answer
): Sessions<Answer> => {
  const { clientId, sequence } = executed
  const session = OrderedMap.get(sessions.byClient, clientId)
  const position = session === undefined ? -1 : positionOf(session.slots, sequence)
  if (session?.slots[position]?._tag !== "Executing") return sessions
  const slots = session.slots.with(position, { _tag: "Answered", sequence, answer })
  return { ...sessions, byClient: OrderedMap.set(sessions.byClient, clientId, { ...session, slots }) }
}

/** The table with a session more, or with a later state of one that is no longer listed by activity: for building tables. */
export const added = <Answer>(sessions: Sessions<Answer>, session: Session<Answer>): Sessions<Answer> => ({
  ...sessions,
  byClient: OrderedMap.set(sessions.byClient, session.clientId, session),
  byActivity: OrderedMap.set(sessions.byActivity, session.activeIndex, session.clientId)
})

/** The table with each answer in another form, such as the bytes that snapshots hold. */
export const mapAnswers = <Before, After>(
  before: Sessions<Before>,
  change: (answer: Before) => After
): Sessions<After> => {
  const { lastIndex, lastTime, limits } = before
  const changed = (slot: Slot<Before>): Slot<After> =>
    slot._tag === "Executing" ? slot : { ...slot, answer: change(slot.answer) }
  return all(before).reduce(
    (sessions, session) => added(sessions, { ...session, slots: session.slots.map(changed) }),
    { ...(empty as Sessions<After>), lastIndex, lastTime, limits }
  )
}

const register = <Answer>(before: Sessions<Answer>, limits: SessionLimits): Admitted<Answer> => {
  const clientId = before.lastIndex
  const session: Session<Answer> = {
    clientId,
    activeIndex: clientId,
    activeTime: before.lastTime,
    firstUnacknowledged: firstSequence,
    slots: []
  }
  let sessions = added({ ...before, limits }, session)
  while (size(sessions) > limits.sessionsMax) sessions = without(sessions, mostSilent(sessions)!)
  return [sessions, { _tag: "Registered", clientId }]
}

const admitCommand = <Answer>(
  { lastIndex, limits }: Sessions<Answer>,
  session: Session<Answer>,
  { clientId, command, sequence }: Extract<SessionCommand, { readonly _tag: "Execute" }>
): readonly [session: Session<Answer>, admission: Admission<Answer>] => {
  const { firstUnacknowledged, slots } = session
  if (sequence < firstUnacknowledged) return [session, { _tag: "Acknowledged" }]
  const known = slots[positionOf(slots, sequence)]
  if (known?._tag === "Answered") return [session, { _tag: "Answered", answer: known.answer }]
  if (known?._tag === "Executing") return [session, { _tag: "Executing", index: known.index }]
  if (sequence - firstUnacknowledged >= limits.answersMax) {
    return [session, { _tag: "TooManyUnacknowledged", firstUnacknowledged }]
  }
  const slot: Slot<Answer> = { _tag: "Executing", sequence, index: lastIndex }
  const after = slots.findIndex((other) => other.sequence > sequence)
  const position = after < 0 ? slots.length : after
  return [
    { ...session, slots: slots.toSpliced(position, 0, slot) },
    { _tag: "Execute", clientId, sequence, command }
  ]
}

/** The session after an entry of its client, which may acknowledge answers. */
const heard = <Answer>(
  { lastIndex, lastTime }: Sessions<Answer>,
  session: Session<Answer>,
  entry: { readonly firstUnacknowledged: number }
): Session<Answer> => {
  // Entries come in any order: an earlier one may acknowledge less than is known.
  const firstUnacknowledged = Math.max(session.firstUnacknowledged, entry.firstUnacknowledged)
  const isPruned = session.slots.length > 0 && session.slots[0]!.sequence < firstUnacknowledged
  return {
    clientId: session.clientId,
    activeIndex: lastIndex,
    activeTime: lastTime,
    firstUnacknowledged,
    slots: isPruned ? session.slots.filter(({ sequence }) => sequence >= firstUnacknowledged) : session.slots
  }
}

/** Where a command stands among the slots, which mostly is at their end; -1 if it does not. */
const positionOf = <Answer>(slots: ReadonlyArray<Slot<Answer>>, sequence: number): number => {
  let position = slots.length - 1
  while (position >= 0 && slots[position]!.sequence > sequence) position--
  return slots[position]?.sequence === sequence ? position : -1
}

/** Ends the sessions that were silent too long when the last entry was written. */
const withoutExpired = <Answer>(before: Sessions<Answer>): Sessions<Answer> => {
  let sessions = before
  for (;;) {
    const session = mostSilent(sessions)
    if (session === undefined) return sessions
    if (sessions.lastTime - session.activeTime <= sessions.limits.silenceMillisMax) return sessions
    sessions = without(sessions, session)
  }
}

const mostSilent = <Answer>({ byActivity, byClient }: Sessions<Answer>): Session<Answer> | undefined => {
  const oldest = OrderedMap.first(byActivity)
  return oldest === undefined ? undefined : OrderedMap.get(byClient, oldest.value)
}

const stored = <Answer>(
  sessions: Sessions<Answer>,
  before: Session<Answer>,
  after: Session<Answer>
): Sessions<Answer> =>
  added({ ...sessions, byActivity: OrderedMap.remove(sessions.byActivity, before.activeIndex) }, after)

const without = <Answer>(sessions: Sessions<Answer>, session: Session<Answer>): Sessions<Answer> => ({
  ...sessions,
  byClient: OrderedMap.remove(sessions.byClient, session.clientId),
  byActivity: OrderedMap.remove(sessions.byActivity, session.activeIndex)
})
