/**
 * Log time: the only clock a state machine may use. It never falls along the
 * log, and is the same on every server.
 */
import type { Leader } from "./role.ts"
import type { Server } from "./server.ts"

/** The time of an entry appended now (ms): from where it stood at the election, at the pace of this leader's monotonic clock. */
export const logTime = ({ log, now }: Server, { tenure }: Leader): number =>
  Math.max(log.lastTime, Math.floor(tenure.logTime + (now - tenure.electedAt)))
