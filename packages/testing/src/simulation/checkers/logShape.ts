/**
 * S13: a log has no gap, its terms never fall and never pass `currentTerm`. And
 * nothing lives in memory alone: term, vote and log are those that the writes
 * issued lead to.
 */
import type { Entry } from "@effect-raft/core"
import type { Change, Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"
import { isSameEntry } from "./logMatching.ts"

const property = "LogShape"

export const logShape = (): Observer => ({
  stepped: ({ after, before, seat }) => {
    if (before.currentTerm === after.currentTerm && before.votedFor === after.votedFor) return
    const { currentTerm, votedFor } = seat.disk.issued.hardState
    const isWritten = currentTerm === after.currentTerm && votedFor === after.votedFor
    check(isWritten, property, () => `no write carries term ${after.currentTerm} and vote of ${seat.id}`)
  },
  logChanged: (change) => {
    checkEnd(change)
    const { after, outputs, seat } = change
    for (const output of outputs) {
      if (output._tag !== "Write") continue
      for (const { index, term } of output.entries) {
        const before = seat.disk.termAt(seat.disk.issued, index - 1) ?? 0
        check(term >= before, property, () => `terms fall at ${index} of ${seat.id}`)
        const isKnown = term <= after.currentTerm
        check(isKnown, property, () => `${seat.id}, in term ${after.currentTerm}, holds ${index}:${term}`)
      }
    }
  },
  rescan: ({ seats }) => {
    for (const seat of seats) if (seat.server !== undefined) checkWhole(seat)
  }
})

const checkEnd = ({ after, seat }: Change): void => {
  const { disk } = seat
  const written = disk.lastIndex(disk.issued)
  const { lastIndex, lastTerm } = after.log
  check(written === lastIndex, property, () => `the writes of ${seat.id} end at ${written}, not ${lastIndex}`)
  const term = disk.termAt(disk.issued, written)
  check(
    term === lastTerm,
    property,
    () => `the last entry of ${seat.id} has term ${lastTerm}, written ${term}`
  )
}

/**
 * Every entry that memory holds, and every term it knows. Entries are shared
 * values, so nearly all comparisons end at once; terms never fall, so it is
 * enough to look at both ends of a run.
 */
const checkWhole = ({ disk, id, server }: Seat): void => {
  const { log } = server!
  // The disk forgets later than the server, and a restarted server keeps less than its disk.
  const begin = Math.max(log.lastIncludedIndex, disk.issued.start) + 1
  const { termRuns } = log
  for (let run = 0; run < termRuns.length; run++) {
    const { from, term } = termRuns[run]!
    const through = run + 1 < termRuns.length ? termRuns[run + 1]!.from - 1 : log.lastIndex
    if (through < begin) continue
    for (const index of [Math.max(from, begin), through]) {
      const written = disk.termAt(disk.issued, index)
      check(written === term, property, () => `${id} holds ${index}:${term}, and wrote term ${written}`)
    }
  }

  const { entries } = disk.issued
  const { backing, end, start } = log.memory
  const firstInMemory = log.lastIndex - (end - start) + 1
  const first = Math.max(begin, firstInMemory)
  const written = first - disk.issued.start - 1
  const held = start + first - firstInMemory
  for (let position = 0; position <= log.lastIndex - first; position++) {
    if (backing[held + position] === entries[written + position]) continue
    checkSame(id, backing[held + position], entries[written + position], first + position)
  }
}

const checkSame = (id: string, held: Entry | undefined, written: Entry | undefined, index: number): void => {
  const isSame = held !== undefined && written !== undefined && isSameEntry(held, written)
  check(isSame, property, () => `${id} holds another entry ${index} than it wrote`)
}
