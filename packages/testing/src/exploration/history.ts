/**
 * What a state must remember of its past, because crashes and later terms hide it: who was ever elected,
 * and what was ever committed.
 */
import { Log, type ServerId, type Term } from "@effect-raft/core"
import type { Renaming } from "./canonicalText.ts"
import type { Host } from "./host.ts"

export interface Elected {
  readonly term: Term
  readonly leader: ServerId
}

export interface Committed {
  /** Of the entry at this place: index 1 comes first. */
  readonly term: Term
  /** Term of the leader that first counted it as committed. */
  readonly committedIn: Term
}

export interface History {
  /** In the order of terms. More than one of a term is the end of ElectionSafety. */
  readonly elected: ReadonlyArray<Elected>
  readonly committed: ReadonlyArray<Committed>
}

export const noHistory: History = { elected: [], committed: [] }

/** The history after a leader is what it is now; the very same if it says nothing new. */
export const extended = (history: History, { server }: Host): History => {
  if (server.role._tag !== "Leader") return history
  const { commitIndex, currentTerm, log, self } = server
  const isElectionNew = !history.elected.some(
    ({ leader, term }) => term === currentTerm && leader === self.id
  )
  if (!isElectionNew && commitIndex <= history.committed.length) return history

  const committed = [...history.committed]
  while (committed.length < commitIndex) {
    const term = Log.termAt(log, (committed.length + 1) as typeof commitIndex)
    committed.push({ term: term ?? (0 as Term), committedIn: currentTerm })
  }
  const elected = isElectionNew
    ? [...history.elected, { term: currentTerm, leader: self.id }].toSorted((a, b) => a.term - b.term)
    : history.elected
  return { elected, committed }
}

export const historyText = ({ committed, elected }: History, renaming: Renaming): string => {
  const leaders = elected.map(({ leader, term }) => `${term}${renaming.get(leader) ?? leader}`).toSorted()
  return `${leaders.join(" ")}|${committed.map(({ committedIn, term }) => `${term}in${committedIn}`).join(" ")}`
}
