/**
 * Leases (thesis §6.4.1): while a quorum has promised to help no other leader,
 * this one knows that it leads, and its reads need to ask nobody.
 *
 * A peer that answers a heartbeat promises, from the moment it arrived, neither
 * to campaign nor to vote for its own shortest election timeout; `election.ts`
 * keeps that promise (`noVoteBefore`), restarts included. The leader counts from
 * when it *sent* the heartbeat, which was before, and takes off what the peer's
 * clock may run too fast. What is not counted from sending is no lease at all:
 * an answer may be any time on its way, or wait in a paused process (B23).
 *
 * Nothing ends a lease of itself but time, so a process that stood still finds
 * none when it comes back: what gathered meanwhile answers what was sent before.
 */
import { logIndex, type Sequence, type ServerId } from "./ids.ts"
import * as Log from "./log/log.ts"
import type { HeartbeatResponse } from "./message.ts"
import * as Progress from "./progress.ts"
import * as Quorum from "./quorum.ts"
import type { Leader, Pledge } from "./role.ts"
import type { Server } from "./server.ts"

/** For how long (ms) this server holds to a leader whose heartbeat has just arrived: without CheckQuorum, it votes for anybody. */
export const promise = ({ self: { options } }: Server): number =>
  options.checkQuorum ? Math.floor(options.electionTimeoutMin) : 0

/** The leader with what this answer promises, unless it is older than what its sender promised last. */
export const pledged = (server: Server, leader: Leader, response: HeartbeatResponse): Leader => {
  const { contact } = leader
  const { from: id, incarnation, promise: millis, sequence } = response
  const before = contact.pledges.find((pledge) => pledge.id === id)
  if (millis === undefined || (before !== undefined && before.sequence >= sequence)) return leader
  const others = contact.pledges.filter((pledge) => pledge.id !== id)
  const pledge: Pledge = { id, sequence, incarnation, until: endOf(server, leader, sequence, millis) }
  return { ...leader, contact: { ...contact, pledges: [...others, pledge] } }
}

const endOf = (server: Server, { contact }: Leader, sequence: Sequence, millis: number): number => {
  const { clockDriftBound } = server.self.options
  const round = contact.rounds.findLast((candidate) => candidate.sequence <= sequence)
  if (clockDriftBound === undefined || round === undefined || sequence <= contact.undatedThrough) {
    return -Infinity
  }
  return round.sentAt + millis / (1 + clockDriftBound)
}

/** What a peer has promised last in its present stay. */
export const pledgeOf = ({ contact, progress }: Leader, id: ServerId): Pledge | undefined => {
  const pledge = contact.pledges.find((candidate) => candidate.id === id)
  return pledge !== undefined && Progress.positionOfAnswer(progress, id, pledge.sequence) >= 0
    ? pledge
    : undefined
}

/**
 * Whether nobody else can lead now, and this server knows all that was
 * acknowledged before: it has committed an entry of its term (B21), it has told
 * nobody to campaign, and a quorum, of both halves if joint, still holds to it.
 */
export const isHeld = (server: Server, leader: Leader): boolean =>
  server.self.options.clockDriftBound !== undefined &&
  leader.transfer === undefined &&
  !leader.mayBeSucceeded &&
  knowsCommitted(server) &&
  server.now < heldUntil(server, leader)

/** Whether the commit index covers all that earlier leaders acknowledged (§5.4.2, §6.4). */
export const knowsCommitted = ({ commitIndex, currentTerm, log }: Server): boolean =>
  commitIndex > logIndex(0) && Log.termAt(log, commitIndex) === currentTerm

/** A leader that votes holds to itself; alone it is a quorum, for ever. */
const heldUntil = (server: Server, leader: Leader): number =>
  Quorum.reachedByQuorum(server.configuration, (id) =>
    id === server.self.id ? Infinity : pledgeOf(leader, id)?.until
  ) ?? -Infinity
