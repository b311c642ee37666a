/**
 * S3, LogMatching: logs that hold an entry with the same index and term are
 * identical up through it (§5.3).
 *
 * By induction: whoever writes an index and term writes the same entry there,
 * behind an entry of the same term.
 */
import type { Entry } from "@effect-raft/core"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"

interface Known {
  readonly entry: Entry
  readonly previousTerm: number | undefined
  readonly by: string
}

/** Above any index of a run: index and term make one number. */
const indexEnd = 2 ** 26

export const logMatching = (): Observer => {
  const known = new Map<number, Known>()
  const meet = (seat: Seat, entry: Entry, previousTerm: number | undefined): void => {
    const key = entry.term * indexEnd + entry.index
    const first = known.get(key)
    if (first === undefined) {
      known.set(key, { entry, previousTerm, by: seat.id })
      return
    }
    const place = `${entry.index}:${entry.term}`
    check(
      first.entry === entry || isSameEntry(first.entry, entry),
      "LogMatching",
      () => `${seat.id} and ${first.by} hold different entries ${place}`
    )
    const agrees =
      first.previousTerm === undefined || previousTerm === undefined || first.previousTerm === previousTerm
    check(agrees, "LogMatching", () => {
      const terms = `term ${previousTerm} at ${seat.id} and ${first.previousTerm} at ${first.by}`
      return `the entry before ${place} has ${terms}`
    })
  }
  return {
    logChanged: ({ outputs, seat }) => {
      const { disk } = seat
      for (const output of outputs) {
        if (output._tag !== "Write") continue
        for (const entry of output.entries) meet(seat, entry, disk.termAt(disk.issued, entry.index - 1))
      }
    }
  }
}

export const isSameEntry = (left: Entry, right: Entry): boolean =>
  left.index === right.index &&
  left.term === right.term &&
  left.kind === right.kind &&
  left.time === right.time &&
  left.payload.length === right.payload.length &&
  left.payload.every((byte, position) => byte === right.payload[position])
