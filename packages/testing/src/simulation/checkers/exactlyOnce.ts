/**
 * S16, as far as there are no sessions: a client asks each thing once, so each
 * operation is committed at most once, whatever the network repeats.
 */
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"

export const exactlyOnce = (ledger: Ledger): Observer => {
  /** Where each operation was committed. */
  const indexes: Array<number | undefined> = []
  let known = 0
  return {
    commitChanged: ({ after }) => {
      while (known < after.commitIndex) {
        const commitment = ledger.committed[++known]
        if (commitment === undefined || commitment.operation === 0) continue
        const { index, operation } = commitment
        const first = indexes[operation]
        check(
          first === undefined,
          "ExactlyOnce",
          () => `operation ${operation} is committed at ${first} and at ${index}`
        )
        indexes[operation] = index
      }
    }
  }
}
