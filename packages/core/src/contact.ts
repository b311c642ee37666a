/**
 * What a leader knows of its quorum's presence (thesis §6.2 "a leader steps
 * down", §6.4): which requests its peers have answered, and when they were sent.
 *
 * An answer proves that its sender followed this leader when the request
 * arrived, so it is dated by the *sending* of the request it names. Requests are
 * numbered in the order of their sending: one number for each peer tells what it
 * has answered, and a short list of rounds turns numbers into times.
 */
import type { Sequence } from "./ids.ts"
import * as Quorum from "./quorum.ts"
import type { Contact, Leader, Round } from "./role.ts"
import type { Server } from "./server.ts"

/** More rounds without an answer than this are thinned out: dates get coarser, and never later. */
const roundsMax = 64

/** A leader begins by trusting the quorum that elected it. */
export const begin = (server: Server): Contact => ({
  rounds: [],
  checkAt: server.now + patience(server),
  pledges: [],
  undatedThrough: 0 as Sequence
})

/** How long a leader goes on without its quorum (ms). */
const patience = ({ self }: Server): number => self.options.electionTimeoutMax

/** A round leaves now; its requests are numbered from here on. */
export const roundSent = (server: Server, leader: Leader): Contact => {
  const { rounds } = leader.contact
  const answered = answeredByQuorum(server, leader)
  let first = 0
  // Who is slower than the quorum must be dated too, as long as that can matter.
  const forgotten = server.now - patience(server)
  while (first + 1 < rounds.length && isPast(rounds[first + 1]!, answered, forgotten)) first++
  const kept = rounds.slice(first)
  const thinned = kept.length < roundsMax ? kept : kept.filter((_, position) => position % 2 === 0)
  const round = { sequence: (server.lastSequence + 1) as Sequence, sentAt: server.now }
  return { ...leader.contact, rounds: [...thinned, round] }
}

const isPast = (round: Round, answered: number, forgotten: number): boolean =>
  round.sequence <= answered && round.sentAt <= forgotten

/** This quorum has other voters than the one that was checked last: they get as long as a new leader's. */
export const restarted = (server: Server, { contact }: Leader): Contact => ({
  ...contact,
  checkAt: server.now + patience(server)
})

/** Whether this peer has answered something that was sent within the leader's patience. */
export const isPresent = (server: Server, { contact: { rounds } }: Leader, answered: Sequence): boolean => {
  const round = rounds.findLast(({ sequence }) => sequence <= answered)
  return round !== undefined && round.sentAt > server.now - patience(server)
}

/**
 * Whether it matters that a peer, which has answered `answered`, has answered
 * `sequence` too: it belongs to a later round, or reads wait for every answer.
 */
export const isNews = ({ contact, reads }: Leader, answered: Sequence, sequence: Sequence): boolean => {
  if (reads.rounds.length > 0) return sequence > answered
  const { rounds } = contact
  // Where a message takes longer than a round, what is answered is never the latest.
  for (let position = rounds.length - 1; position >= 0 && answered < rounds[position]!.sequence; position--) {
    if (sequence >= rounds[position]!.sequence) return true
  }
  return false
}

/**
 * The largest number such that a quorum has answered a request of that number
 * or a later one. A leader that votes has answered itself all it could ask:
 * alone, it makes the number infinite.
 */
export const answeredByQuorum = (server: Server, leader: Leader): number =>
  Quorum.reachedByQuorum(server.configuration, (id) =>
    id === server.self.id ? Infinity : leader.progress.find((peer) => peer.id === id)?.answered
  ) ?? 0

/**
 * All of a quorum has answered something that was sent then or later (ms);
 * `undefined` before its first answers. A leader that is a quorum by itself is
 * never out of contact, however long its process stood still.
 */
export const quorumContactAt = (server: Server, leader: Leader): number | undefined => {
  const answered = answeredByQuorum(server, leader)
  if (answered === Infinity) return server.now
  return leader.contact.rounds.findLast(({ sequence }) => sequence <= answered)?.sentAt
}

/**
 * CheckQuorum (thesis §6.2): the leader with its next date to look, or
 * `undefined` if its quorum has been silent for an election timeout. It then
 * steps down, so that its clients ask elsewhere.
 */
export const checkQuorum = (server: Server, leader: Leader): Leader | undefined => {
  if (server.now < leader.contact.checkAt) return leader
  const contactAt = quorumContactAt(server, leader) ?? -Infinity
  const next = contactAt + patience(server)
  return next > server.now ? { ...leader, contact: { ...leader.contact, checkAt: next } } : undefined
}
