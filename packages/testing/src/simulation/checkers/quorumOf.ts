/**
 * Majorities, counted a second time and in the plainest way, so that a fault in
 * core's own arithmetic does not hide itself.
 */
import type { Configuration, Member, ServerId } from "@effect-raft/core"

/** Whether more than half of the voters, of both halves if it is joint, are among those that `has` says yes to. */
export const isQuorum = (
  { members, outgoing }: Configuration.Configuration,
  has: (id: ServerId) => boolean
): boolean => isMajority(members, has) && (outgoing === undefined || isMajority(outgoing.members, has))

const isMajority = (members: ReadonlyArray<Member>, has: (id: ServerId) => boolean): boolean => {
  const voters = members.filter(({ role }) => role === "Voter")
  return 2 * voters.filter(({ id }) => has(id)).length > voters.length
}
