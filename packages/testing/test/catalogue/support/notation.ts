/**
 * How scenarios write what they expect: logs, configurations and commands as short texts.
 *
 * `1x 1y 2-` is a log of two commands of term 1 and the no-op of term 2. A configuration stands as `2{ABC}`,
 * with a learner as `2{ABC+D}`, a joint one as `2{ABD<ABC}`. A log that begins after index 5, whose entry was of
 * term 2, begins with `[5@2]`.
 */
import {
  type Configuration,
  decodeConfiguration,
  type Entry,
  Log,
  logIndex,
  type PersistentState,
  type Server,
  term
} from "@effect-raft/core"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** The entry of a command that a scenario lets some leader have made. */
export const command = (index: number, of: number, text: string): Entry => ({
  index: logIndex(index),
  term: term(of),
  kind: "Command",
  time: 0,
  payload: bytesOf(text)
})

export const showConfiguration = ({ members, outgoing }: Configuration.Configuration): string => {
  const named = (role: "Voter" | "Learner") =>
    members
      .filter((member) => member.role === role)
      .map(({ id }) => id)
      .join("")
  const learners = named("Learner")
  const before = outgoing === undefined ? "" : `<${outgoing.members.map(({ id }) => id).join("")}`
  return `{${named("Voter")}${learners === "" ? "" : `+${learners}`}${before}}`
}

const showEntry = ({ kind, payload, term }: Entry): string => {
  switch (kind) {
    case "NoOp":
      return `${term}-`
    case "Command":
      return `${term}${textOf(payload)}`
    case "Session":
      return `${term}s`
    case "Configuration": {
      const decoded = decodeConfiguration(payload)
      return decoded._tag === "Ok" ? `${term}${showConfiguration(decoded.value)}` : `${term}{?}`
    }
  }
}

const showEntries = (entries: ReadonlyArray<Entry>): string => entries.map(showEntry).join(" ")

/** The log as the server has it. */
export const showLog = ({ log }: Server): string => {
  const range = { from: Log.firstInMemory(log), through: log.lastIndex, bytesMax: Infinity }
  const entries = Log.entries(log, range)
  if (entries === Log.NotInMemory) return Log.NotInMemory
  const base = log.lastIncludedIndex === 0 ? "" : `[${log.lastIncludedIndex}@${log.lastIncludedTerm}] `
  return `${base}${showEntries(entries)}`.trim()
}

/** The log as storage would give it back. */
export const showStored = ({ snapshot, tail }: PersistentState): string => {
  const index = snapshot?.lastIncludedIndex ?? 0
  const base = index === 0 ? "" : `[${index}@${snapshot?.lastIncludedTerm}] `
  return `${base}${showEntries(tail.filter((entry) => entry.index > index))}`.trim()
}
