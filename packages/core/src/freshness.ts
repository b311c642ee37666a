/**
 * How old a server's knowledge is at most, shown by its own clock and nobody
 * else's: for reads that need not see the latest (bounded staleness).
 *
 * When a message was sent, its receiver cannot tell; it may have been on its way
 * for long, and its sender may have been replaced before. So a regular heartbeat
 * says which earlier one its leader knew to be answered here, and in which life:
 * it left after that one had arrived, a time of this server's clock if it was in
 * this one. And it says which of its requests a quorum had answered by then: when
 * *those* were sent their leader led, and everything acknowledged by then lies at
 * or below the commit index that the heartbeat names. Two steps back, by two
 * facts, and no clock compared with another.
 */
import * as Contact from "./contact.ts"
import type { LogIndex, Sequence, ServerId, Term } from "./ids.ts"
import { incarnation, logIndex, sequence } from "./ids.ts"
import * as Lease from "./lease.ts"
import type { HeartbeatRequest, RoundNews } from "./message.ts"
import type { Leader } from "./role.ts"
import type { Beat, Reads, Server } from "./server.ts"

/** Beyond so many, every other one of the older half is forgotten: dates get coarser, and never later. */
const beatsMax = 64

/** What a leader says to each peer in the heartbeats of a round that leaves now. */
export const newsOf = (server: Server, leader: Leader): ((to: ServerId) => RoundNews) => {
  // Alone it has a quorum's answer to all that it ever sent.
  const confirmed = sequence(Math.min(Contact.answeredByQuorum(server, leader), server.lastSequence))
  const commitIndex = Lease.knowsCommitted(server) ? server.commitIndex : logIndex(0)
  return (to) => {
    const last = Lease.pledgeOf(leader, to)
    const answered = last?.sequence ?? sequence(0)
    return { answered, answeredBy: last?.incarnation ?? incarnation(0), confirmed, commitIndex }
  }
}

/** The reads of a follower that a regular heartbeat has reached. */
export const noted = (server: Server, request: HeartbeatRequest, news: RoundNews): Reads => {
  const { beats } = server.reads
  const last = beats.at(-1)
  // What overtook it has told more. In this order, arrival is dated as answers are: never too late.
  if (last !== undefined && last.term === request.term && last.sequence >= request.sequence) {
    return server.reads
  }
  const { sequence: number, term } = request
  // What an earlier life answered came in its time, even if a copy of it has come in this one.
  const known = news.answeredBy === server.self.incarnation ? latest(beats, term, news.answered) : undefined
  const sentAfter = known?.arrivedAt ?? -Infinity
  const led = latest(beats, term, news.confirmed)?.sentAfter ?? -Infinity
  const freshAt = news.commitIndex === 0 ? -Infinity : led
  const beat: Beat = {
    term,
    sequence: number,
    arrivedAt: server.now,
    sentAfter,
    freshAt,
    commitIndex: news.commitIndex
  }
  return { ...server.reads, beats: [...thinned(beats), beat] }
}

/** The latest heartbeat of that leader numbered at most so: an earlier one arrived, and was sent, earlier. */
const latest = (beats: ReadonlyArray<Beat>, term: Term, through: Sequence): Beat | undefined =>
  beats.findLast((beat) => beat.term === term && beat.sequence <= through)

const thinned = (beats: ReadonlyArray<Beat>): ReadonlyArray<Beat> =>
  beats.length < beatsMax
    ? beats
    : beats.filter((_, position) => position >= beatsMax / 2 || position % 2 === 0)

/** Everything acknowledged by `at` (ms, on this server's clock) lies at or below `index`. */
export interface Point {
  readonly at: number
  readonly index: LogIndex
}

/** Nothing was acknowledged before everything: for reads of whatever there is. */
const fromTheFirst: Point = { at: -Infinity, index: logIndex(0) }

/** What this server can show, oldest first. */
export const points = (server: Server): ReadonlyArray<Point> => {
  const { reads, role } = server
  const heard = reads.beats.map(({ commitIndex, freshAt }): Point => ({ at: freshAt, index: commitIndex }))
  const own = role._tag === "Leader" && Lease.knowsCommitted(server) ? [ownPoint(server, role)] : []
  return [fromTheFirst, ...heard, ...own]
}

/** A leader was none other's follower when it sent what a quorum has answered. */
const ownPoint = (server: Server, leader: Leader): Point => ({
  at: datedContactAt(server, leader) ?? -Infinity,
  index: server.commitIndex
})

const datedContactAt = (server: Server, leader: Leader): number | undefined => {
  const { rounds, undatedThrough } = leader.contact
  const answered = Contact.answeredByQuorum(server, leader)
  if (answered === Infinity) return server.now
  return rounds.findLast((round) => round.sequence <= answered && round.sequence > undatedThrough)?.sentAt
}

/** The server once its clock was seen to go back: what was dated by it proves nothing any more. */
export const withoutDates = (server: Server): Server => {
  const { lastSequence, reads, role } = server
  const forgotten = { ...server, reads: { ...reads, beats: [] } }
  if (role._tag !== "Leader") return forgotten
  const pledges = role.contact.pledges.map((pledge) => ({ ...pledge, until: -Infinity }))
  return {
    ...forgotten,
    role: { ...role, contact: { ...role.contact, pledges, undatedThrough: lastSequence } }
  }
}
