/**
 * QuorumStoresWhatIsCommitted: what was ever committed is on the disks of a majority, now and for ever (§5.3).
 */
import { type Invariant, storedAt } from "./invariant.ts"

export const committedIsStored: Invariant = {
  name: "QuorumStoresWhatIsCommitted",
  holdsIn: ({ history, hosts }) =>
    history.committed.every(({ term }, position) => {
      const storing = hosts.filter((host) => storedAt(host, position + 1)?.term === term)
      return storing.length * 2 > hosts.length
    })
}
