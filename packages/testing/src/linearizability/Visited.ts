/**
 * Where the search has been, so that it is nowhere twice.
 */
import { type Bits, isSubset } from "./bits.ts"
import type { Standpoint } from "./partition.ts"

export class Visited {
  /** How many visits are remembered or were, until better ones took their place. */
  count = 0
  private readonly stateIds = new Map<string | number, number>()
  /** For all but the unknown operations, the sets of those: none contains another. */
  private readonly seen = new Map<string, ReadonlyArray<Bits>>()

  stateId(key: string | number): number {
    const known = this.stateIds.get(key)
    if (known !== undefined) return known
    const fresh = this.stateIds.size
    this.stateIds.set(key, fresh)
    return fresh
  }

  /**
   * Remembers the visit, unless it has nothing to offer over an earlier one.
   *
   * An operation with an unknown outcome may have happened or not, so whatever
   * can follow after some of them can follow after fewer: those that were not
   * needed to get here can still be used later.
   */
  add(visit: Standpoint, stateId: number): boolean {
    const key = `${visit.position} ${stateId} ${visit.known.join()}`
    const sets = this.seen.get(key)
    if (sets === undefined) {
      this.seen.set(key, [visit.unknown])
    } else {
      if (sets.some((fewer) => isSubset(fewer, visit.unknown))) return false
      this.seen.set(key, [...sets.filter((more) => !isSubset(visit.unknown, more)), visit.unknown])
    }
    this.count++
    return true
  }
}
