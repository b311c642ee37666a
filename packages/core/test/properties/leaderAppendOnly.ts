import { logIndex } from "../../src/ids.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/** A leader never overwrites or deletes entries in its log (§5.3): not even in the step that ends its leadership. */
export const leaderAppendOnly = (): Observer => ({
  stepped: ({ after, before, cluster, host, outputs }) => {
    if (before.role._tag !== "Leader" || after.currentTerm !== before.currentTerm) return
    const { Log } = cluster.core
    for (let index = after.log.lastIncludedIndex + 1; index <= before.log.lastIndex; index++) {
      const was = Log.termAt(before.log, logIndex(index))
      const is = Log.termAt(after.log, logIndex(index))
      check(was === is, "LeaderAppendOnly", () => `${host.id} had term ${was} at ${index}, then ${is}`)
    }
    for (const output of outputs) {
      const removes = output._tag === "Write" && output.truncateFrom !== undefined
      check(!removes, "LeaderAppendOnly", () => `${host.id} truncated its log as a leader`)
    }
  }
})
