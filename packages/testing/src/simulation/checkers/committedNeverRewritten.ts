/**
 * S12: what is committed stays. A truncation never reaches the commit index of
 * its server, nor an entry that any server has committed.
 */
import { Log, logIndex } from "@effect-raft/core"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const committedNeverRewritten = (ledger: Ledger): Observer => ({
  logChanged: ({ before, outputs, seat }) => {
    for (const output of outputs) {
      if (output._tag !== "Write" || output.truncateFrom === undefined) continue
      const { truncateFrom } = output
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
