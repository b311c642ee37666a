/**
 * Log compaction (§7): forgetting what a snapshot stands for.
 */
import type { LogIndex } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as Log from "./log/log.ts"
import type { Server } from "./server.ts"

/** A durable snapshot covers the log through `index`: only what was applied, and is durable, can be in it. */
export const handleSnapshotTaken = (server: Server, index: LogIndex): Server => {
  if (index <= server.log.lastIncludedIndex) return server
  invariant(index <= server.apply.lastApplied, "a snapshot holds applied entries only")
  invariant(index <= server.writes.durableIndex, "a snapshot holds durable entries only")
  return { ...server, log: Log.compact(server.log, index) }
}
