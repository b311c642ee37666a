/**
 * What is committed lies on the disks of a quorum (§5.3), the leader's own
 * counted like any other (thesis §10.2.1).
 */
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"
import { isQuorum } from "./quorumOf.ts"

export const quorumStoresCommitted = (ledger: Ledger, seats: () => ReadonlyArray<Seat>): Observer => {
  let known = 0
  return {
    commitChanged: ({ after, seat }) => {
      const index = after.commitIndex
      if (index <= known) return
      known = index
      const commitment = ledger.committed[index]
      if (commitment === undefined) return
      // The one in the committer's own log, read from its disk: what it believes to be in force is what is tested.
      const { configuration } = seat.disk.configurationIn(seat.disk.issued)
      const storing = seats().filter(
        ({ disk }) => disk.lastIncludedIndex >= index || disk.termAt(disk.durable, index) === commitment.term
      )
      check(
        isQuorum(configuration, (id) => storing.some((other) => other.id === id)),
        "QuorumStoresCommitted",
        () => {
          const names = storing.map(({ id }) => id).join(" and ")
          return `${seat.id} commits ${index}:${commitment.term}, which lies on ${names || "no disk"} only`
        }
      )
    }
  }
}
