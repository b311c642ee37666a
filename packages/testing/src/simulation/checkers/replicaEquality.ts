/**
 * S20: at equal applied index, equal state on all servers.
 */
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"

const property = "ReplicaEquality"

export const replicaEquality = (): Observer => {
  /** The first digest seen at each applied index, and whose it was. */
  const known: Array<{ readonly digest: number; readonly by: string } | undefined> = []
  const compare = ({ id, machine }: Seat): void => {
    const { digest, lastApplied } = machine
    const first = known[lastApplied]
    if (first === undefined) {
      known[lastApplied] = { digest, by: id }
      return
    }
    check(
      first.digest === digest,
      property,
      () => `${id} and ${first.by} applied through ${lastApplied} and differ`
    )
  }
  return {
    // What was applied before comes to be compared when more is about to be.
    applying: compare,
    rescan: ({ seats }) => seats.forEach(compare),
    ended: ({ seats }) => {
      for (const seat of seats) for (const other of seats) checkSame(seat, other)
    }
  }
}

const checkSame = (left: Seat, right: Seat): void => {
  if (left.machine.lastApplied !== right.machine.lastApplied) return
  const { map } = right.machine
  const isSame =
    left.machine.map.size === map.size &&
    [...left.machine.map].every(([key, value]) => map.get(key) === value)
  check(isSame, property, () => `${left.id} and ${right.id} end with different contents`)
}
