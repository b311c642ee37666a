import type { ServerId } from "../../src/ids.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/** Each server votes for at most one candidate in a given term (§5.2), restarts included. */
export const oneVotePerTerm = (): Observer => {
  const votes = new Map<string, ServerId>()
  return {
    stepped: ({ after, before, host }) => {
      const isKept =
        after.currentTerm !== before.currentTerm ||
        before.votedFor === undefined ||
        after.votedFor === before.votedFor
      const change = () => `${host.id} changed its vote in term ${after.currentTerm} to ${after.votedFor}`
      check(isKept, "OneVotePerTerm", change)
    },
    released: (_, host, output) => {
      if (output._tag !== "SendMessage") return
      const { message } = output
      const isGrant = message._tag === "RequestVoteResponse" && message.voteGranted
      // Asking for votes reveals the vote for oneself.
      if (!isGrant && message._tag !== "RequestVoteRequest") return
      const candidate = isGrant ? message.to : host.id
      const key = `${host.id} in term ${message.term}`
      const voted = votes.get(key) ?? candidate
      votes.set(key, voted)
      check(voted === candidate, "OneVotePerTerm", () => `${key} voted for ${voted} and ${candidate}`)
    }
  }
}
