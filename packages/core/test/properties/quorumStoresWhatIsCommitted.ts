import { logIndex } from "../../src/ids.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/** What a server believes committed lies on the disks of a quorum (§5.3), the leader's own counted like any other. */
export const quorumStoresWhatIsCommitted = (): Observer => ({
  stepped: ({ after, before, cluster, host }) => {
    const index = after.commitIndex
    if (index === before.commitIndex) return
    const term = cluster.core.Log.termAt(after.log, logIndex(index))
    const storing = cluster.hosts.filter(
      ({ disk }) => disk.lastIncludedIndex >= index || (term !== undefined && disk.termAt(index) === term)
    )
    check(
      storing.length >= cluster.quorum,
      "QuorumStoresWhatIsCommitted",
      () =>
        `${host.id} committed ${index}:${term}, which only ${storing.map(({ id }) => id).join(" and ")} store`
    )
  }
})
