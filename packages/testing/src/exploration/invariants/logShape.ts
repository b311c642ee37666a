/**
 * LogShape: indexes without gaps, terms that never fall nor pass `currentTerm`, and marks that lie in the
 * log in their order (§5.3).
 */
import type { Host } from "../host.ts"
import { type Invariant, storedAt, termAt } from "./invariant.ts"

export const logShape: Invariant = {
  name: "LogShape",
  holdsAcross: ({ after }) => hasTermsInOrder(after) && hasMarksInOrder(after) && isDurable(after)
}

const hasTermsInOrder = (host: Host): boolean => {
  const { currentTerm, log } = host.server
  let highest = 0
  for (let index = 1; index <= log.lastIndex; index++) {
    const term = termAt(host, index)
    if (term === undefined || term < highest) return false
    highest = term
  }
  return highest <= currentTerm && host.disk.entries.every((entry, position) => entry.index === position + 1)
}

const hasMarksInOrder = ({ server }: Host): boolean => {
  const { apply, commitIndex, log, writes } = server
  return (
    apply.lastApplied <= apply.orderedThrough &&
    apply.orderedThrough <= commitIndex &&
    commitIndex <= log.lastIndex &&
    writes.durableIndex <= log.lastIndex
  )
}

/** `durableIndex` says no more than the disk holds. */
const isDurable = (host: Host): boolean => {
  for (let index = 1; index <= host.server.writes.durableIndex; index++) {
    if (storedAt(host, index)?.term !== termAt(host, index)) return false
  }
  return true
}
