/**
 * S18, with the log as its witness. Everything that went through the log took
 * effect in the order of the log, and a read after the last entry that the state
 * machine held when it answered. Whatever returned before something else was
 * called must come first in that order, and every answer must be what a replay
 * from the beginning gives. Together that is linearizability.
 */
import { perform } from "../KvMachine.ts"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import { check } from "../violation.ts"
import type { Operation } from "../Workload.ts"

const property = "RealTimeOrder"

export const realTimeOrder = (ledger: Ledger, operations: () => ReadonlyArray<Operation>): Observer => ({
  ended: () => {
    const map = new Map<string, string>()
    /** The latest call of everything before, in the order of the witness. */
    let latest: Operation | undefined
    const take = (operation: Operation): void => {
      const answer = perform(map, operation.command)
      if (operation.status === "ok") checkPlace(operation, latest, answer)
      if (latest === undefined || operation.call > latest.call) latest = operation
    }
    const reads = readsByIndex(operations())
    for (let index = 0; index < ledger.committed.length; index++) {
      const operation = operations()[(ledger.committed[index]?.operation ?? 0) - 1]
      if (operation !== undefined) take(operation)
      for (const read of reads.get(index) ?? []) take(read)
    }
  }
})

/** Reads that saw the same state, in the order of their calls. */
const readsByIndex = (
  operations: ReadonlyArray<Operation>
): ReadonlyMap<number, ReadonlyArray<Operation>> => {
  const reads = new Map<number, Array<Operation>>()
  for (const operation of operations) {
    if (!operation.isRead || operation.status !== "ok") continue
    const others = reads.get(operation.index)
    if (others === undefined) reads.set(operation.index, [operation])
    else others.push(operation)
  }
  return reads
}

const checkPlace = (
  { number, result, return: returned }: Operation,
  latest: Operation | undefined,
  answer: unknown
): void => {
  check(
    latest === undefined || returned >= latest.call,
    property,
    () => `operation ${number} had returned before ${latest?.number} was called, and took effect after it`
  )
  check(
    answer === result,
    property,
    () => `operation ${number} was answered ${String(result)}, the log says ${String(answer)}`
  )
}
