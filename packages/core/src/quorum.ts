/**
 * Quorum arithmetic: majorities over a configuration (§5.2, §5.3), and over
 * both halves of a joint one (§6, thesis §4.3).
 *
 * A leaf: it knows members and nothing of terms, logs or roles. In a joint
 * configuration something is decided only when each half decides it, each by a
 * majority of its own voters.
 */
import { type Configuration, servers } from "./configuration.ts"
import { type LogIndex, logIndex, type ServerId } from "./ids.ts"

export type VoteOutcome = "Won" | "Lost" | "Pending"

/** A simple configuration, or one half of a joint one. */
type Half = Pick<Configuration, "members">

const votersIn = (configuration: Half): number => {
  let voters = 0
  for (const member of configuration.members) if (member.role === "Voter") voters++
  return voters
}

/**
 * Votes needed to decide: more than half of the voters, so that two quorums always share one.
 *
 * Of a joint configuration this is what the half to come needs; give it `outgoing` for the other half.
 */
export const quorumSize = (configuration: Half): number => Math.floor(votersIn(configuration) / 2) + 1

/**
 * The highest index that a quorum has reached; 0 without voters.
 *
 * `matchOf` gives what each voter is known to store durably, or `undefined` for
 * a voter of whom nothing is known, which counts as 0.
 */
export const committedIndex = (
  configuration: Configuration,
  matchOf: (id: ServerId) => LogIndex | undefined
): LogIndex => {
  const committed = committedIn(configuration, matchOf)
  if (configuration.outgoing === undefined) return committed
  const before = committedIn(configuration.outgoing, matchOf)
  return before < committed ? before : committed
}

const committedIn = ({ members }: Half, matchOf: (id: ServerId) => LogIndex | undefined): LogIndex => {
  // What each voter has reached, highest first.
  const reached: Array<LogIndex> = []
  for (const { id, role } of members) if (role === "Voter") insert(reached, matchOf(id) ?? zero)
  return reached[Math.floor(reached.length / 2)] ?? zero
}

/** Into its place among a handful, where sorting would cost more. */
const insert = (descending: Array<LogIndex>, index: LogIndex): void => {
  let place = descending.length
  descending.push(index)
  while (place > 0 && descending[place - 1]! < index) {
    descending[place] = descending[place - 1]!
    place--
  }
  descending[place] = index
}

const zero = logIndex(0)

/**
 * What an election has come to: won once a quorum granted, lost once a quorum
 * can no longer be reached. `voteOf` gives `undefined` for who has not answered.
 * A configuration without voters can elect nobody.
 */
export const voteOutcome = (
  configuration: Configuration,
  voteOf: (id: ServerId) => boolean | undefined
): VoteOutcome => {
  const outcome = outcomeIn(configuration, voteOf)
  if (configuration.outgoing === undefined || outcome === "Lost") return outcome
  const before = outcomeIn(configuration.outgoing, voteOf)
  return before === "Won" ? outcome : before
}

const outcomeIn = (half: Half, voteOf: (id: ServerId) => boolean | undefined): VoteOutcome => {
  const needed = quorumSize(half)
  let granted = 0
  let open = 0
  for (const member of half.members) {
    if (member.role !== "Voter") continue
    const vote = voteOf(member.id)
    if (vote === true) granted++
    else if (vote === undefined) open++
  }
  if (granted >= needed) return "Won"
  return granted + open >= needed ? "Pending" : "Lost"
}

/** Whether the servers for which `isIn` holds are a quorum. */
export const isQuorum = (configuration: Configuration, isIn: (id: ServerId) => boolean): boolean =>
  voteOutcome(configuration, isIn) === "Won"

/**
 * The highest value that a quorum has reached, such as the time through which a
 * quorum is known to have followed its leader; `undefined` if there is none.
 *
 * Values that are no indexes must not share the code of `committedIndex`: one
 * that is no small integer makes it twice as slow for the rest of the process.
 */
export const reachedByQuorum = (
  configuration: Configuration,
  valueOf: (id: ServerId) => number | undefined
): number | undefined => {
  let highest: number | undefined
  for (const { id } of servers(configuration)) {
    const candidate = valueOf(id)
    if (candidate === undefined || (highest !== undefined && candidate <= highest)) continue
    if (isQuorum(configuration, (other) => (valueOf(other) ?? -Infinity) >= candidate)) highest = candidate
  }
  return highest
}
