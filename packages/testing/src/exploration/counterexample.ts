/**
 * A shortest way to a broken property: as text for people, and as one JSON object a line for programs.
 */
import { type Entry, leaderId, Log, logIndex, type Message } from "@effect-raft/core"
import { actionText } from "./action.ts"
import type { ReplayedStep } from "./replay.ts"

export interface Counterexample {
  /** The property that does not hold after the last step. */
  readonly property: string
  /** No shorter sequence of actions breaks any property. */
  readonly steps: ReadonlyArray<ReplayedStep>
  /**
   * Whether the same steps break it on real clocks and numbers. If not, the model's normal forms merged
   * what the reducer tells apart, and this is a bug of the exploration.
   */
  readonly isConfirmed: boolean
}

/** For each step who did what, how that server stands afterwards, and what it sent. */
export const counterexampleText = ({
  isConfirmed,
  property,
  steps
}: Counterexample): ReadonlyArray<string> => [
  `${property} does not hold after ${steps.length} ${steps.length === 1 ? "step" : "steps"}:`,
  ...steps.flatMap((step, position) => [
    "",
    `${String(position + 1).padStart(3)}  ${step.server.self.id} ${actionText(step.action)}`,
    `     ${standing(step)}`,
    ...step.sent.map((message) => `     sends ${messageLine(message)}`)
  ]),
  ...(isConfirmed
    ? []
    : ["", "The steps were not confirmed on real clocks: this is a bug of the exploration."])
]

const standing = ({ disk, server }: ReplayedStep): string => {
  const { commitIndex, currentTerm, role, votedFor } = server
  const onDisk = `term ${disk.hardState.currentTerm}, vote ${disk.hardState.votedFor ?? "none"}, log ${logText(disk.entries)}`
  return `${role._tag} in term ${currentTerm}, vote ${votedFor ?? "none"}, log ${logText(entriesOf(server))}, commit ${commitIndex}; on disk ${onDisk}`
}

/** The terms of the entries, from index 1 on. */
const logText = (entries: ReadonlyArray<Entry>): string => `[${entries.map(({ term }) => term).join(" ")}]`

const messageLine = (message: Message): string => {
  const { _tag, from: _from, group: _group, incarnation: _incarnation, to, ...rest } = message
  const fields = Object.entries(rest).map(([name, value]) =>
    name === "entries" ? `entries ${logText(value as ReadonlyArray<Entry>)}` : `${name} ${String(value)}`
  )
  return `${_tag} to ${to}: ${fields.join(", ")}`
}

/** One line per step, then one that names the property. */
export const counterexampleJson = ({
  isConfirmed,
  property,
  steps
}: Counterexample): ReadonlyArray<string> => [
  ...steps.map((step, position) => JSON.stringify(stepRecord(step, position))),
  JSON.stringify({ violation: property, steps: steps.length, confirmed: isConfirmed })
]

const stepRecord = ({ action, disk, sent, server }: ReplayedStep, position: number): unknown => ({
  step: position + 1,
  at: server.now,
  server: server.self.id,
  action: action._tag,
  ...(action._tag === "Deliver" ? { message: messageRecord(action.message) } : {}),
  ...(action._tag === "Wait" ? { until: action.until } : {}),
  ...(action._tag === "Transfer" ? { target: action.target } : {}),
  ...(action._tag === "Persist" ? { count: action.count } : {}),
  role: server.role._tag,
  currentTerm: server.currentTerm,
  votedFor: server.votedFor ?? null,
  leaderId: leaderId(server) ?? null,
  commitIndex: server.commitIndex,
  lastApplied: server.apply.lastApplied,
  configuration: server.configuration.members.map(({ id }) => id),
  log: entriesOf(server).map(entryRecord),
  durable: {
    currentTerm: disk.hardState.currentTerm,
    votedFor: disk.hardState.votedFor ?? null,
    log: disk.entries.map(entryRecord)
  },
  sent: sent.map(messageRecord)
})

const entriesOf = ({ log }: ReplayedStep["server"]): ReadonlyArray<Entry> => {
  if (log.lastIndex === 0) return []
  const all = Log.entries(log, { from: logIndex(1), through: log.lastIndex, bytesMax: Infinity })
  return all === Log.NotInMemory ? [] : all
}

const entryRecord = ({ index, kind, term }: Entry): unknown => ({ index, term, kind })

const messageRecord = (message: Message): unknown =>
  message._tag === "AppendEntriesRequest"
    ? { ...message, entries: message.entries.map(entryRecord) }
    : message
