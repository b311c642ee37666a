import { type Entry } from "../../src/entry.ts"
import { type LogIndex, logIndex, type Term } from "../../src/ids.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

interface Known {
  readonly entry: Entry | undefined
  readonly previous: Term | undefined
}

/**
 * If two logs contain an entry with the same index and term, the logs are identical up through it (§5.3).
 *
 * Checked by induction: whoever holds an index and term holds the same entry after an entry of the same
 * term. Besides, terms never fall along a log and log time never falls either.
 */
export const logMatching = (): Observer => {
  const known = new Map<string, Known>()

  const meet = ({ after, cluster, host }: Stepped, index: LogIndex): void => {
    const { Log } = cluster.core
    const term = Log.termAt(after.log, index)
    const previous = Log.termAt(after.log, logIndex(index - 1))
    check(term !== undefined, "LogMatching", () => `${host.id} has a gap at ${index}`)
    check(term >= (previous ?? 0), "LogMatching", () => `terms fall at ${index} of ${host.id}`)
    check(term <= after.currentTerm, "LogMatching", () => `${host.id} holds an entry newer than its term`)

    const held = Log.entries(after.log, { from: index, through: index, bytesMax: 1 })
    const entry = held === Log.NotInMemory ? undefined : held[0]
    const key = `${index}:${term}`
    const first = known.get(key)
    known.set(key, { entry: first?.entry ?? entry, previous: first?.previous ?? previous })
    if (entry !== undefined) {
      const isHere = entry.index === index && entry.term === term
      check(isHere, "LogMatching", () => `${host.id} holds ${entry.index}:${entry.term} at ${key}`)
    }
    if (first === undefined) return
    const agrees = first.previous === undefined || previous === undefined || first.previous === previous
    check(agrees, "LogMatching", () => `before ${key}: term ${first.previous}, at ${host.id} ${previous}`)
    const isSame = entry === undefined || first.entry === undefined || isSameEntry(entry, first.entry)
    check(isSame, "LogMatching", () => `another entry ${key} at ${host.id}`)
  }

  return {
    stepped: (step) => {
      const { after, before } = step
      if (after.log === before.log) return
      for (let index = after.log.lastIncludedIndex + 1; index <= after.log.lastIndex; index++) {
        meet(step, logIndex(index))
      }
    }
  }
}

const isSameEntry = (left: Entry, right: Entry): boolean =>
  left === right ||
  (left.kind === right.kind && left.time === right.time && String(left.payload) === String(right.payload))
