/**
 * Committed entries to the state machine, through the session table (§8), and
 * their results to whoever waits.
 */
import type { Entry, LogIndex, SessionOutcome, Sessions } from "@effect-raft/core"
import { Effect } from "effect"
import type { CommittedCommand, StateMachine } from "../StateMachine.ts"
import type { Commands } from "./commands.ts"
import type { PendingProposals } from "./PendingProposals.ts"
import type { Kept, SessionTable } from "./SessionTable.ts"

export interface Applying<Command, Answer> {
  readonly commands: Commands<Command>
  readonly machine: StateMachine<Command, Answer>
  readonly table: SessionTable<Answer>
  readonly pending: PendingProposals
}

/**
 * Applies entries in order, ends whoever waits for one of them, and gives the
 * last index. The state machine takes them in one batch, for which the table
 * admits them in a row; answers are recorded before the next one.
 */
export const applier =
  <Command, Answer>(
    applying: Applying<Command, Answer>
  ): ((entries: ReadonlyArray<Entry>) => Effect.Effect<LogIndex>) =>
  (entries) =>
    Effect.suspend(() => {
      const through = entries[entries.length - 1]!.index
      const { admissions, committed } = admitAll(applying, entries)
      return Effect.map(applying.machine.apply(committed), (results) => {
        if (results.length !== committed.length) {
          throw new Error(
            `the state machine gave ${results.length} results for ${committed.length} commands (through index ${through})`
          )
        }
        conclude(applying, { entries, admissions, results })
        return through
      })
    })

interface Batch<Command, Answer> {
  /** What the state machine has to do. */
  readonly committed: ReadonlyArray<CommittedCommand<Command>>
  /** One for each `Session` entry. */
  readonly admissions: ReadonlyArray<Sessions.Admission<Kept<Answer>>>
}

const admitAll = <Command, Answer>(
  { commands, table }: Applying<Command, Answer>,
  entries: ReadonlyArray<Entry>
): Batch<Command, Answer> => {
  const committed: Array<CommittedCommand<Command>> = []
  const admissions: Array<Sessions.Admission<Kept<Answer>>> = []
  for (const entry of entries) {
    const { index, kind, payload, term, time } = entry
    if (kind === "Command") committed.push({ index, term, time, command: commands.decode(payload) })
    if (kind !== "Session") continue
    const admission = table.admit(entry)
    admissions.push(admission)
    if (admission._tag === "Execute") {
      committed.push({ index, term, time, command: commands.decode(admission.command) })
    }
  }
  return { admissions, committed }
}

interface Applied<Answer> {
  readonly entries: ReadonlyArray<Entry>
  readonly admissions: ReadonlyArray<Sessions.Admission<Kept<Answer>>>
  readonly results: ReadonlyArray<Answer>
}

/** Entries without a command too: they may stand where somebody's command does not. */
const conclude = <Command, Answer>(
  { pending, table }: Applying<Command, Answer>,
  { admissions, entries, results }: Applied<Answer>
): void => {
  let admitted = 0
  let executed = 0
  /** Answers of this batch, for copies that came into it. */
  const answers = new Map<LogIndex, SessionOutcome<Kept<Answer>>>()
  const outcomeOf = (index: LogIndex): SessionOutcome<Kept<Answer>> => {
    const admission = admissions[admitted++]!
    if (admission._tag === "Executing") return answers.get(admission.index)!
    if (admission._tag !== "Execute") return admission
    const outcome = { _tag: "Answered" as const, answer: { answer: results[executed++]! } }
    table.record(admission, outcome.answer)
    answers.set(index, outcome)
    return outcome
  }
  for (const { index, kind, term } of entries) {
    const isSession = kind === "Session"
    const result = isSession ? outcomeOf(index) : kind === "Command" ? results[executed++] : undefined
    if (pending.awaits(index)) pending.applied(index, term, result)
  }
}
