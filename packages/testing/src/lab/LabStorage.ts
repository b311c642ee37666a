/**
 * Storage that outlives a server's crash (the laboratory's persister).
 */
import { Effect, type Scope } from "effect"
import { MemoryDisk, type Persister } from "effect-raft"

/** What one server has stored. It exists outside any server. */
export interface LabDisk {
  /** Opens it for one life of the server; the scope is that life. */
  readonly open: Effect.Effect<Persister.Persister["Service"], never, Scope.Scope>
  /** Other storage with the same contents: what the old life still writes does not show here. */
  readonly copy: Effect.Effect<LabDisk>
}

export interface LabStorage {
  /** Empty storage for a new server. */
  readonly make: (id: string) => Effect.Effect<LabDisk>
}

const memoryDisk = (disk: MemoryDisk.MemoryDisk): LabDisk => ({
  open: Effect.sync(() => MemoryDisk.persister(disk)),
  copy: Effect.sync(() => memoryDisk(MemoryDisk.copy(disk)))
})

/** The library's own in-memory storage. */
export const memoryStorage: LabStorage = {
  make: () => Effect.sync(() => memoryDisk(MemoryDisk.make()))
}
