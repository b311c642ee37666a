import { logIndex } from "../../src/ids.ts"
import type { Observer } from "../support/Cluster.ts"
import { heldInMemory, isMajority } from "../support/majorities.ts"
import { check } from "./property.ts"

/**
 * What a leader commits lies on the disks of a quorum (§5.3), by the configuration in its log (§6), its own disk
 * counted like any other.
 */
export const quorumStoresWhatIsCommitted = (): Observer => ({
  stepped: ({ after, before, cluster, host }) => {
    const index = after.commitIndex
    if (index === before.commitIndex || after.role._tag !== "Leader") return
    const term = cluster.core.Log.termAt(after.log, logIndex(index))
    const storing = cluster.hosts
      .filter(
        ({ disk }) => disk.lastIncludedIndex >= index || (term !== undefined && disk.termAt(index) === term)
      )
      .map(({ id }) => id)
    const { configuration } = heldInMemory(cluster, host, after).at(-1)!
    check(
      isMajority(configuration, (id) => storing.includes(id)),
      "QuorumStoresWhatIsCommitted",
      () => `${host.id} committed ${index}:${term}, which only ${storing.join(" and ")} store`
    )
  }
})
