/**
 * Rest, as far as a simulated server's surroundings go.
 */
import type { Host } from "./Cluster.ts"

/** Whether nothing is left for this server's disk and state machine to do. */
export const isIdle = ({ disk, order, reads, saving, snapshotOrder }: Host): boolean =>
  disk.inFlight.length === 0 &&
  order === undefined &&
  snapshotOrder === undefined &&
  saving === undefined &&
  reads.length === 0
