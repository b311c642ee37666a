/**
 * S17: what a client was told has happened is committed, at the index and term
 * it was appended with; what it was told has not happened is not.
 */
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"
import type { Operation, OperationObserver } from "../Workload.ts"

const property = "AcknowledgedIsCommitted"

export const acknowledgedIsCommitted = (ledger: Ledger): Observer & OperationObserver => {
  const failed: Array<number> = []
  return {
    operationEnded: (operation) => {
      if (operation.status === "fail") failed.push(operation.number)
      if (operation.status === "ok" && !operation.isRead) checkAcknowledged(ledger, operation)
    },
    ended: () => {
      const committed = new Set(ledger.committed.map((commitment) => commitment?.operation))
      const wrong = failed.find((number) => committed.has(number))
      check(
        wrong === undefined,
        property,
        () => `operation ${wrong} was said to have failed, and is committed`
      )
    }
  }
}

const checkAcknowledged = ({ committed }: Ledger, { index, number, term }: Operation): void => {
  const commitment = committed[index]
  check(
    commitment?.operation === number && commitment.term === term,
    property,
    () => `operation ${number} was acknowledged at ${index}:${term}, where ${commitment?.operation} is`
  )
}
