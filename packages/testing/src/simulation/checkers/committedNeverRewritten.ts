/**
 * S12: what is committed stays. A truncation never reaches the commit index of
 * its server, nor an entry that any server has committed.
 */
import { Log, logIndex, type Write } from "@effect-raft/core"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const committedNeverRewritten = (ledger: Ledger): Observer => ({
  logChanged: ({ before, outputs, seat }) => {
    for (const output of outputs) {
      const truncateFrom = output._tag === "Write" ? removedFrom(output) : undefined
      if (truncateFrom === undefined) continue
      check(
        truncateFrom > before.commitIndex,
        "CommittedNeverRewritten",
        () => `${seat.id} truncates from ${truncateFrom}, its commit index is ${before.commitIndex}`
      )
      const last = Math.min(before.log.lastIndex, ledger.committed.length - 1)
      for (let index: number = truncateFrom; index <= last; index++) {
        const commitment = ledger.committed[index]
        const removed = Log.termAt(before.log, logIndex(index))
        check(
          commitment === undefined || commitment.term !== removed,
          "CommittedNeverRewritten",
          () => `${seat.id} removes ${index}:${removed}, which ${commitment?.by} has committed`
        )
      }
    }
  }
})

/** The first index that is no part of the log any more. A snapshot put in place stands for what it covers, and removes the rest. */
const removedFrom = ({ chunk, truncateFrom }: Write): number | undefined =>
  chunk?.isLast === true ? chunk.snapshot.lastIncludedIndex + 1 : truncateFrom
