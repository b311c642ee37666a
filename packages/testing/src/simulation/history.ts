/**
 * What the clients of a run saw, as a history that can be judged and
 * written down.
 *
 * Virtual time counts milliseconds. A call is dated at the beginning of its
 * millisecond and a return in the middle, so that what happens within one
 * millisecond counts as concurrent: the clients cannot know the order either.
 */
import type { HistoryOperation } from "../linearizability/history.ts"
import type { KeyValueOperation, KeyValueResult } from "../linearizability/keyValueModel.ts"
import type { Operation } from "./Workload.ts"

const nanosPerMilli = 1_000_000

/** The operations as the linearizability checker takes them. One that is still open is unknown. */
export const historyOf = (
  operations: ReadonlyArray<Operation>
): ReadonlyArray<HistoryOperation<KeyValueOperation, KeyValueResult>> =>
  operations.map(({ call, client, command, result, return: ended, status }) => {
    const shared = { client, operation: command, call: call * nanosPerMilli }
    const end = ended * nanosPerMilli + nanosPerMilli / 2
    switch (status) {
      case "ok":
        return { ...shared, return: end, status, result }
      case "fail":
        return { ...shared, return: end, status }
      case "unknown":
        return { ...shared, return: end, status }
      case "open":
        return { ...shared, status: "unknown" }
    }
  })

/** A history that nobody could explain or refute would be `Undecided`. */
export type HistoryVerdict = "Linearizable" | "Illegal" | "Undecided"
