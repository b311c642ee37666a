/**
 * S4, LeaderCompleteness: a leader holds every entry that was committed in an
 * earlier term (§5.4).
 *
 * Checked when somebody is elected; and from time to time for everybody who
 * could be, if all servers lost power at that moment.
 */
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import type { StoredLog } from "../VirtualDisk.ts"
import { check } from "../violation.ts"
import { isQuorum } from "./quorumOf.ts"

export const leaderCompleteness = (ledger: Ledger): Observer => ({
  roleChanged: ({ after, seat }) => {
    if (after.role._tag !== "Leader") return
    // What lies below its own commit index was compared when it was committed there.
    const lacking = lacks(ledger, seat.disk.issued, after.commitIndex + 1, after.currentTerm)
    check(
      lacking === undefined,
      "LeaderCompleteness",
      () => `${seat.id}, elected in term ${after.currentTerm}, lacks ${lacking}`
    )
  },
  rescan: ({ seats }) => {
    for (const seat of seats) {
      const voters = new Set(seats.filter((voter) => wouldVote(voter, seat)).map(({ id }) => id))
      const { configuration } = seat.disk.configurationIn(seat.disk.durable)
      if (!isQuorum(configuration, (id) => voters.has(id))) continue
      const lacking = lacks(ledger, seat.disk.durable, 1, Infinity)
      check(
        lacking === undefined,
        "LeaderCompleteness",
        () => `if all crashed now, ${seat.id} could be elected without ${lacking}`
      )
    }
  }
})

/** The first entry from an index on that was committed before a term and is not in this log. */
const lacks = (ledger: Ledger, log: StoredLog, from: number, beforeTerm: number): string | undefined => {
  const { committed, terms } = ledger
  const held = log.terms
  // What was forgotten a snapshot covers, and SnapshotSound is about that.
  const offset = log.start + 1
  for (let index = Math.max(from, offset); index < terms.length; index++) {
    const term = terms[index]!
    if (term === 0 || held[index - offset] === term) continue
    const commitment = committed[index]
    if (commitment === undefined || commitment.inTerm >= beforeTerm) continue
    return `${index}:${term}, committed by ${commitment.by} in term ${commitment.inTerm}`
  }
  return undefined
}

const wouldVote = (voter: Seat, candidate: Seat): boolean => {
  const mine = endOf(voter)
  const theirs = endOf(candidate)
  return theirs.term > mine.term || (theirs.term === mine.term && theirs.index >= mine.index)
}

const endOf = ({ disk }: Seat): { readonly index: number; readonly term: number } => {
  const index = disk.lastIndex(disk.durable)
  return { index, term: disk.termAt(disk.durable, index) ?? 0 }
}
