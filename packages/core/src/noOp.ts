/**
 * The no-op at the start of a term (§8; thesis §6.4): an entry of the leader's
 * own, whose commitment commits everything before it (§5.4.2).
 *
 * A leader with the option appends it at once. One without waits until
 * something needs an entry of this term, such as an inherited configuration
 * that is not finished.
 */
import { logIndex } from "./ids.ts"
import { logTime } from "./logTime.ts"
import type { Leader } from "./role.ts"
import type { Server } from "./server.ts"
import { type Transition, unchanged } from "./transition.ts"
import { writeLog } from "./writes.ts"

const noPayload = new Uint8Array(0)

export const appendNoOp = (server: Server, leader: Leader): Transition => {
  const index = logIndex(server.log.lastIndex + 1)
  const time = logTime(server, leader)
  const entry = { index, term: server.currentTerm, kind: "NoOp" as const, time, payload: noPayload }
  const { log, write, writes } = writeLog(server, { truncateFrom: undefined, entries: [entry] })
  return [{ ...server, log, writes }, [write]]
}

/** Makes sure that the log holds an entry of this term. */
export const ensureOwnEntry = (server: Server, leader: Leader): Transition =>
  server.log.lastIndex > leader.tenure.lastIndexBefore ? unchanged(server) : appendNoOp(server, leader)
