/**
 * A state machine as a value, with sessions around it (thesis §6.3): what the
 * simulators run, and what drivers that execute in batches must agree with.
 */
import { invariant } from "../invariant.ts"
import { type Admission, admit, recordAnswer, type SessionEntry, type Sessions } from "./sessions.ts"

/** All that entries change: both halves go into the same snapshot. */
export interface Replicated<State, Answer> {
  readonly state: State
  readonly sessions: Sessions<Answer>
}

/** What an entry comes to. `Answered` may be the first answer or a kept one: a client cannot tell, and need not. */
export type SessionOutcome<Answer> = Exclude<Admission<Answer>, { readonly _tag: "Execute" | "Executing" }>

/** Applies one entry. `execute` runs at most once for each command of a session. */
export const applySessionEntry = <State, Answer>(
  before: Replicated<State, Answer>,
  entry: SessionEntry,
  execute: (state: State, command: Uint8Array) => readonly [state: State, answer: Answer]
): readonly [after: Replicated<State, Answer>, outcome: SessionOutcome<Answer>] => {
  const [sessions, admission] = admit(before.sessions, entry)
  invariant(admission._tag !== "Executing", "answers are recorded before the next entry is applied")
  if (admission._tag !== "Execute") return [{ state: before.state, sessions }, admission]
  const [state, answer] = execute(before.state, admission.command)
  return [
    { state, sessions: recordAnswer(sessions, admission, answer) },
    { _tag: "Answered", answer }
  ]
}
