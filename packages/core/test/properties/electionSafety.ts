import type { ServerId, Term } from "../../src/ids.ts"
import type { Observer } from "../support/Cluster.ts"
import { heldInMemory, isMajority } from "../support/majorities.ts"
import { check } from "./property.ts"

/**
 * At most one leader can be elected in a given term: over the whole run, crashes included (§5.2). And what
 * makes it so: a quorum of different servers voted for whoever leads.
 */
export const electionSafety = (): Observer => {
  const leaders = new Map<Term, ServerId>()
  const voters = new Map<string, Set<ServerId>>()
  return {
    released: (_, host, output) => {
      if (output._tag !== "SendMessage" || output.message._tag !== "RequestVoteResponse") return
      const { term, to, voteGranted } = output.message
      const election = `${to} in term ${term}`
      if (voteGranted) voters.set(election, (voters.get(election) ?? new Set()).add(host.id))
    },
    stepped: ({ after, before, cluster, host }) => {
      if (after.role._tag !== "Leader") return
      const leader = leaders.get(after.currentTerm) ?? host.id
      leaders.set(after.currentTerm, leader)
      check(
        leader === host.id,
        "ElectionSafety",
        () => `${leader} and ${host.id} lead term ${after.currentTerm}`
      )
      if (before.role._tag === "Leader") return
      const election = `${host.id} in term ${after.currentTerm}`
      const votes = [host.id, ...(voters.get(election) ?? [])]
      const { configuration } = heldInMemory(cluster, host, after).at(-1)!
      check(
        isMajority(configuration, (id) => votes.includes(id)),
        "ElectionSafety",
        () => `${election} was elected with the votes of ${votes.join(" and ")}`
      )
    }
  }
}
