/**
 * S5, StateMachineSafety: no two servers commit or apply different entries at an
 * index (§5.4.3).
 */
import { payloadNumber } from "../KvMachine.ts"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const stateMachineSafety = (ledger: Ledger): Observer => ({
  commitChanged: ({ after, before, seat }) => {
    const { disk } = seat
    for (let index = before.commitIndex + 1; index <= after.commitIndex; index++) {
      // A snapshot stands for these; SnapshotSound is about it.
      if (index <= disk.issued.start) continue
      const entry = disk.entryAt(disk.issued, index)
      const commitment = ledger.committed[index]
      const isSame =
        entry !== undefined &&
        entry.term === commitment?.term &&
        payloadNumber(entry.payload) === commitment.operation
      check(isSame, "StateMachineSafety", () => {
        const other = `${commitment?.by} term ${commitment?.term}`
        return `at ${index} ${seat.id} commits term ${entry?.term}, and ${other}`
      })
    }
  },
  applying: (seat, entries) => {
    for (const { index, payload, term } of entries) {
      const commitment = ledger.committed[index]
      const isSame = term === commitment?.term && payloadNumber(payload) === commitment.operation
      check(
        isSame,
        "StateMachineSafety",
        () => `${seat.id} applies ${index}:${term}, committed was term ${commitment?.term}`
      )
    }
  }
})
