/**
 * Quorum arithmetic: majorities over a configuration (§5.2, §5.3).
 *
 * A leaf: it knows members and nothing of terms, logs or roles, so joint
 * configurations and learners change this file and no caller.
 */
import type { Configuration } from "./configuration.ts"
import { type LogIndex, logIndex, type ServerId } from "./ids.ts"

export type VoteOutcome = "Won" | "Lost" | "Pending"

const votersIn = (configuration: Configuration): number => {
  let voters = 0
  for (const member of configuration.members) if (member.role === "Voter") voters++
  return voters
}

/** Votes needed to decide: more than half of the voters, so that two quorums always share one. */
export const quorumSize = (configuration: Configuration): number =>
  Math.floor(votersIn(configuration) / 2) + 1

/**
 * The highest index that a quorum has reached; 0 without voters.
 *
 * `matchOf` gives what each voter is known to store durably.
 */
export const committedIndex = (
  configuration: Configuration,
  matchOf: (id: ServerId) => LogIndex
): LogIndex => {
  const { members } = configuration
  const reached: Array<LogIndex> = members.map((member) =>
    member.role === "Voter" ? matchOf(member.id) : zero
  )
  const needed = quorumSize(configuration)
  // Quadratic in at most a handful of voters, where sorting would cost more.
  let committed = zero
  for (const candidate of reached) {
    if (candidate > committed && countReaching(reached, candidate) >= needed) committed = candidate
  }
  return committed
}

const zero = logIndex(0)

const countReaching = (reached: ReadonlyArray<LogIndex>, threshold: LogIndex): number => {
  let count = 0
  for (const index of reached) if (index >= threshold) count++
  return count
}

/**
 * What an election has come to: won once a quorum granted, lost once a quorum
 * can no longer be reached. `voteOf` gives `undefined` for who has not answered.
 * A configuration without voters can elect nobody.
 */
export const voteOutcome = (
  configuration: Configuration,
  voteOf: (id: ServerId) => boolean | undefined
): VoteOutcome => {
  const needed = quorumSize(configuration)
  let granted = 0
  let open = 0
  for (const member of configuration.members) {
    if (member.role !== "Voter") continue
    const vote = voteOf(member.id)
    if (vote === true) granted++
    else if (vote === undefined) open++
  }
  if (granted >= needed) return "Won"
  return granted + open >= needed ? "Pending" : "Lost"
}
