/**
 * Reads that ask nobody: by a leader's lease (thesis §6.4.1), or of a state
 * that need not be the latest. Reads that a quorum confirms are in `readIndex.ts`.
 */
import type { ReadRequested } from "./event.ts"
import * as Freshness from "./freshness.ts"
import { type LogIndex, writeId } from "./ids.ts"
import * as Lease from "./lease.ts"
import type { ReadAnswer } from "./output.ts"
import { requestReads } from "./readIndex.ts"
import type { Server } from "./server.ts"
import { type Transition, unchanged } from "./transition.ts"

/** Begins to answer reads, each in the way that was asked for. */
export const handleReadRequested = (server: Server, { consistency, ids }: ReadRequested): Transition => {
  if (consistency === undefined) return requestReads(server, ids, false)
  switch (consistency._tag) {
    case "Lease":
      return requestLeaseReads(server, ids)
    case "Stale":
      return requestStaleReads(server, ids, consistency.atMost)
  }
}

/** Without a lease a quorum is asked, as for any other read: the answer is as good, and later. */
const requestLeaseReads = (server: Server, ids: ReadonlyArray<number>): Transition => {
  const { role, self } = server
  if (self.options.clockDriftBound === undefined) {
    return refuse(server, ids, (id) => ({ _tag: "NoClockDriftBound", id }))
  }
  return role._tag === "Leader" && Lease.isHeld(server, role)
    ? unchanged(confirmed(server, ids, server.commitIndex))
    : requestReads(server, ids, true)
}

/** The oldest knowledge that is fresh enough has the lowest index, and is answered from soonest. */
const requestStaleReads = (server: Server, ids: ReadonlyArray<number>, atMost: number): Transition => {
  const known = Freshness.points(server)
  const enough = known.find(({ at }) => at >= server.now - atMost)
  if (enough !== undefined) return unchanged(confirmed(server, ids, enough.index))
  const staleness = server.now - Math.max(...known.map(({ at }) => at))
  return refuse(server, ids, (id) => ({ _tag: "TooStale", id, staleness }))
}

/** They wait for the state machine alone. */
const confirmed = (server: Server, ids: ReadonlyArray<number>, readIndex: LogIndex): Server => {
  const { now, reads, self } = server
  const known = { ids, readIndex, deadline: now + self.options.readTimeout }
  return { ...server, reads: { ...reads, confirmed: [...reads.confirmed, known] } }
}

const refuse = (
  server: Server,
  ids: ReadonlyArray<number>,
  answer: (id: number) => ReadAnswer
): Transition => [server, [{ _tag: "AnswerReads", after: writeId(0), answers: ids.map(answer) }]]
