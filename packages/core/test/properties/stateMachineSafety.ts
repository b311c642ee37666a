import { logIndex } from "../../src/ids.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * If a server has applied an entry at an index, no other server will ever apply a different one there
 * (§5.4.3): nor commit one. What is applied is committed, and comes in order without a gap.
 */
export const stateMachineSafety = (): Observer => ({
  stepped: ({ after, before, cluster, host }) => {
    const first = Math.max(before.commitIndex + 1, after.log.lastIncludedIndex)
    for (let index = first; index <= after.commitIndex; index++) {
      const term = cluster.core.Log.termAt(after.log, logIndex(index))
      check(term !== undefined, "StateMachineSafety", () => `${host.id} committed ${index}, which it lacks`)
      const committed = cluster.history.committed[index]
      check(term === committed?.term, "StateMachineSafety", () => {
        const other = `${committed?.by} ${committed?.term}`
        return `at ${index} ${host.id} committed term ${term}, ${other}`
      })
    }
    // What is committed stays as it is.
    for (let index = after.log.lastIncludedIndex + 1; index <= after.commitIndex; index++) {
      const term = cluster.core.Log.termAt(after.log, logIndex(index))
      const isKept = term === cluster.history.committed[index]?.term
      check(isKept, "StateMachineSafety", () => `${host.id} rewrote the committed entry ${index}`)
    }
  },
  released: (cluster, host, output) => {
    if (output._tag !== "ApplyEntries") return
    let expected = host.applied + 1
    for (const entry of output.entries) {
      const committed = cluster.history.committed[entry.index]
      check(entry.index === expected, "StateMachineSafety", () => `${host.id} skips to ${entry.index}`)
      check(
        entry.term === committed?.term,
        "StateMachineSafety",
        () => `${host.id} applies ${entry.index}:${entry.term}, committed is term ${committed?.term}`
      )
      const written = cluster.history.entryAt(entry.index, entry.term)
      const isSame = String(written?.payload) === String(entry.payload)
      check(isSame, "StateMachineSafety", () => `${host.id} applies another payload at ${entry.index}`)
      expected++
    }
  }
})
