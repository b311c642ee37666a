/**
 * Timers are state: when a server wants to hear `TimeAdvanced` next.
 */
import { hasSomethingToSend } from "./appendEntries.ts"
import { forwardDeadline } from "./forwarding.ts"
import { isReadRoundDue, readDeadline } from "./readIndex.ts"
import type { Server } from "./server.ts"
import * as Settling from "./settling.ts"
import { isTransferDue } from "./transfer.ts"
import { oldestIssuedAt } from "./writes.ts"

/**
 * Until when the driver may sleep (ms, on the clock of `at`); `Infinity` for
 * ever, and no later than now while something that this turn gathered waits to
 * be sent. Waking early or late is always safe: nothing happens before it is
 * due, and a turn whose `at` lies before the deadline needs no `TimeAdvanced`.
 */
export const nextDeadline = (server: Server): number => {
  if (server.storageFailed) return Infinity
  const { apply, role } = server
  const appliesAt = apply.retryAt > 0 ? apply.retryAt : Infinity
  const retryAt = Math.min(appliesAt, readDeadline(server), forwardDeadline(server))
  switch (role._tag) {
    case "Follower":
      return Math.min(role.electionDeadline, retryAt)
    case "PreCandidate":
    case "Candidate":
      return Math.min(role.electionDeadline, role.retryAt, retryAt)
    case "Leader": {
      if (hasSomethingToSend(server, role) || isTransferDue(server, role) || isReadRoundDue(server, role)) {
        return server.now
      }
      if (role.settling !== undefined && Settling.isDue(server, role)) return server.now
      const issuedAt = oldestIssuedAt(server)
      const stalledAt = issuedAt === undefined ? Infinity : issuedAt + server.self.options.storageStallTimeout
      const checkAt = server.self.options.checkQuorum ? role.contact.checkAt : Infinity
      const transferEnds = role.transfer?.deadline ?? Infinity
      return Math.min(role.heartbeatAt, stalledAt, checkAt, transferEnds, retryAt)
    }
  }
}
