/**
 * Linearizable reads without writing to the log (ReadIndex, thesis §6.4).
 *
 * A leader that has committed an entry of its term notes its commit index,
 * learns from a quorum that it still leads, by answers to requests sent *after*
 * that, and lets the read see the state machine once it has applied that far.
 * Reads of one turn share a round of heartbeats. A follower asks its leader for
 * the index and waits for its own state machine.
 *
 * Reads that no quorum has confirmed live in the Leader role and die with it,
 * answered. Every read ends by its deadline.
 */
import { answeredByQuorum } from "./contact.ts"
import type { PeerUnreachable } from "./event.ts"
import { type LogIndex, logIndex, sequence, writeId } from "./ids.ts"
import * as Lease from "./lease.ts"
import type { ReadIndexRequest, ReadIndexResponse } from "./message.ts"
import { ensureOwnEntry } from "./noOp.ts"
import type { AnswerReads, Output, ReadAnswer } from "./output.ts"
import type { Asker, Leader, PendingRead } from "./role.ts"
import { type ConfirmedReads, leaderId, type Reads, type Server } from "./server.ts"
import { requestHeader, send, type Transition, unchanged } from "./transition.ts"
import { hardStateWriteId } from "./writes.ts"

/** Rounds for reads under way at once: reads that come meanwhile share the next. */
const roundsMax = 4

const answerReads = (answers: ReadonlyArray<ReadAnswer>): AnswerReads => ({
  _tag: "AnswerReads",
  after: writeId(0),
  answers
})

const notLeader = (server: Server, ids: ReadonlyArray<number>): AnswerReads =>
  answerReads(ids.map((id) => ({ _tag: "NotLeader", id, leaderId: leaderId(server) })))

const timedOut = (ids: ReadonlyArray<number>): AnswerReads =>
  answerReads(ids.map((id) => ({ _tag: "TimedOut", id })))

/** Reads wait for the end of the turn at a leader; a follower asks its leader at once. */
export const requestReads = (
  server: Server,
  ids: ReadonlyArray<number>,
  allowsLease: boolean
): Transition => {
  const { now, role, self } = server
  const deadline = now + self.options.readTimeout
  if (role._tag === "Leader") {
    return gather(
      server,
      role,
      ids.map((id) => ({ id, asker: undefined, deadline }))
    )
  }
  const leader = leaderId(server)
  if (leader === undefined || !self.options.forwarding) return [server, [notLeader(server, ids)]]

  const lastSequence = sequence(server.lastSequence + 1)
  const request: ReadIndexRequest = {
    _tag: "ReadIndexRequest",
    ...requestHeader(server, leader, lastSequence),
    allowsLease
  }
  const forwarded = [...server.reads.forwarded, { sequence: lastSequence, leader, ids, deadline }]
  return [
    { ...server, lastSequence, reads: { ...server.reads, forwarded } },
    [send(request, hardStateWriteId(server))]
  ]
}

/** The first reads of a term may be what needs an entry of it. */
const gather = (server: Server, leader: Leader, reads: ReadonlyArray<PendingRead>): Transition => {
  const waiting = [...leader.reads.waiting, ...reads]
  const role = { ...leader, reads: { ...leader.reads, waiting } }
  return ensureOwnEntry({ ...server, role }, role)
}

/** A peer asks on behalf of its own readers. It is answered at once by a lease, when a quorum has confirmed, or by the deadline. */
export const handleReadIndexRequest = (server: Server, request: ReadIndexRequest): Transition => {
  const { now, role, self } = server
  if (role._tag !== "Leader") return [server, [refuseReadIndex(server, request)]]
  if (request.allowsLease && Lease.isHeld(server, role)) {
    return [server, [answerReadIndex(server, askerOf(request), request.sequence, server.commitIndex)]]
  }
  const deadline = now + self.options.readTimeout
  return gather(server, role, [{ id: request.sequence, asker: askerOf(request), deadline }])
}

const askerOf = ({ from, incarnation }: ReadIndexRequest): Asker => ({ id: from, incarnation })

const answerReadIndex = (server: Server, asker: Asker, number: number, readIndex: LogIndex): Output => {
  const response: ReadIndexResponse = {
    _tag: "ReadIndexResponse",
    ...requestHeader(server, asker.id, sequence(number)),
    asker: asker.incarnation,
    readIndex
  }
  return send(response, hardStateWriteId(server))
}

/** Index 0 is nobody's commit index after an own-term commit: it says that this server cannot tell. */
export const refuseReadIndex = (server: Server, request: ReadIndexRequest): Output =>
  answerReadIndex(server, askerOf(request), request.sequence, logIndex(0))

/** The leader's word counts whatever has become of the leader: it was confirmed after the read was asked for. */
export const handleReadIndexResponse = (server: Server, response: ReadIndexResponse): Transition => {
  const { confirmed, forwarded } = server.reads
  // What an earlier life asked, under the same number, was asked too early.
  if (response.asker !== server.self.incarnation) return unchanged(server)
  const asked = forwarded.find(
    ({ leader, sequence: number }) => leader === response.from && number === response.sequence
  )
  if (asked === undefined) return unchanged(server)
  const rest = forwarded.filter((other) => other !== asked)
  if (response.readIndex === 0) {
    return [{ ...server, reads: { ...server.reads, forwarded: rest } }, [notLeader(server, asked.ids)]]
  }
  const { deadline, ids } = asked
  const known: ConfirmedReads = { ids, deadline, readIndex: response.readIndex }
  return unchanged({
    ...server,
    reads: { ...server.reads, confirmed: [...confirmed, known], forwarded: rest }
  })
}

/** The leader was not reached, or its answer was not: the reads may be asked for again, of anybody. */
export const loseForwardedReads = (server: Server, event: PeerUnreachable): Transition => {
  const { forwarded } = server.reads
  if (forwarded.length === 0) return unchanged(server)
  const isLost = (reads: Reads["forwarded"][number]) =>
    reads.leader === event.peer && (event.sequence === undefined || event.sequence === reads.sequence)
  const lost = forwarded.filter(isLost)
  if (lost.length === 0) return unchanged(server)
  const rest = forwarded.filter((reads) => !isLost(reads))
  const ids = lost.flatMap((reads) => reads.ids)
  return [{ ...server, reads: { ...server.reads, forwarded: rest } }, [notLeader(server, ids)]]
}

/** Whether waiting reads can begin a round: an entry of this term is committed, and not too many rounds are open. */
export const isReadRoundDue = (server: Server, { reads }: Leader): boolean =>
  reads.waiting.length > 0 && reads.rounds.length < roundsMax && Lease.knowsCommitted(server)

/** The waiting reads become a round: requests numbered above `after` are sent now, and not before. */
export const beginReadRound = (server: Server, leader: Leader): Leader => {
  const { rounds, waiting } = leader.reads
  const round = { after: server.lastSequence, readIndex: server.commitIndex, reads: waiting }
  return { ...leader, reads: { waiting: [], rounds: [...rounds, round] } }
}

/**
 * The rule about reads that `step` holds against the result of every event:
 * what a quorum has confirmed waits for the state machine alone, and what the
 * state machine has reached is answered.
 */
export const settleReads = (transition: Transition): Transition => {
  const { reads, role } = transition[0]
  const isOpen = role._tag === "Leader" && role.reads.rounds.length > 0
  return isOpen || reads.confirmed.length > 0 ? settle(transition) : transition
}

const settle = ([server, outputs]: Transition): Transition => {
  const { role } = server
  const [confirmed, answers] = role._tag === "Leader" ? confirmReads(server, role) : unchanged(server)
  return answerApplied(confirmed, [...outputs, ...answers])
}

const confirmReads = (server: Server, leader: Leader): Transition => {
  const { rounds, waiting } = leader.reads
  const answered = answeredByQuorum(server, leader)
  let count = 0
  while (count < rounds.length && rounds[count]!.after < answered) count++
  if (count === 0) return unchanged(server)

  const known: Array<ConfirmedReads> = []
  const outputs: Array<Output> = []
  for (const { readIndex, reads } of rounds.slice(0, count)) {
    for (const { asker, deadline, id } of reads) {
      if (asker === undefined) known.push({ ids: [id], deadline, readIndex })
      else outputs.push(answerReadIndex(server, asker, id, readIndex))
    }
  }
  const role = { ...leader, reads: { waiting, rounds: rounds.slice(count) } }
  const confirmed = [...server.reads.confirmed, ...known]
  return [{ ...server, role, reads: { ...server.reads, confirmed } }, outputs]
}

const answerApplied = (server: Server, outputs: ReadonlyArray<Output>): Transition => {
  const { apply, reads } = server
  const isReady = ({ readIndex }: ConfirmedReads) => readIndex <= apply.lastApplied
  const ready = reads.confirmed.filter(isReady)
  if (ready.length === 0) return [server, outputs]
  const confirmed = reads.confirmed.filter((waiting) => !isReady(waiting))
  const answers = ready.flatMap(({ ids, readIndex }) =>
    ids.map((id): ReadAnswer => ({ _tag: "Ready", id, readIndex }))
  )
  return [{ ...server, reads: { ...reads, confirmed } }, [...outputs, answerReads(answers)]]
}

/** Reads that their leader did not live to confirm. */
export const answerLostReads = (before: Server, after: Server): ReadonlyArray<Output> => {
  if (before.role._tag !== "Leader" || after.role._tag === "Leader") return []
  return refuseAll(after, pendingOf(before.role), (ids) => notLeader(after, ids))
}

const pendingOf = ({ reads }: Leader): ReadonlyArray<PendingRead> => [
  ...reads.rounds.flatMap((round) => round.reads),
  ...reads.waiting
]

const refuseAll = (
  server: Server,
  reads: ReadonlyArray<PendingRead>,
  answer: (ids: ReadonlyArray<number>) => Output
): ReadonlyArray<Output> => {
  const ids = reads.filter(({ asker }) => asker === undefined).map(({ id }) => id)
  const refusals = reads.flatMap(({ asker, id }) =>
    asker === undefined ? [] : [answerReadIndex(server, asker, id, logIndex(0))]
  )
  return ids.length === 0 ? refusals : [answer(ids), ...refusals]
}

/** Whether any read waits for anything: most servers have none, and are asked every turn. */
const hasReads = ({ reads, role }: Server): boolean =>
  reads.confirmed.length > 0 ||
  reads.forwarded.length > 0 ||
  (role._tag === "Leader" && (role.reads.rounds.length > 0 || role.reads.waiting.length > 0))

/** Nothing will be applied or confirmed here any more. What a leader had not confirmed is answered with its role's end. */
export const abandonReads = (server: Server): Transition => {
  const ids = [...server.reads.forwarded, ...server.reads.confirmed].flatMap((asked) => asked.ids)
  const abandoned = { ...server, reads: { ...server.reads, forwarded: [], confirmed: [] } }
  return ids.length === 0 ? unchanged(abandoned) : [abandoned, [notLeader(server, ids)]]
}

/** When the first read has waited long enough (ms); all wait equally long. */
export const readDeadline = (server: Server): number => (hasReads(server) ? firstDeadline(server) : Infinity)

const firstDeadline = ({ reads, role }: Server): number => {
  let earliest = Math.min(earliestOf(reads.forwarded), earliestOf(reads.confirmed))
  if (role._tag !== "Leader") return earliest
  for (const round of role.reads.rounds) earliest = Math.min(earliest, earliestOf(round.reads))
  return Math.min(earliest, earliestOf(role.reads.waiting))
}

const earliestOf = (reads: ReadonlyArray<{ readonly deadline: number }>): number => {
  let earliest = Infinity
  for (const { deadline } of reads) if (deadline < earliest) earliest = deadline
  return earliest
}

/** At the end of a turn in which some deadline has passed: no read waits for longer than its own. */
export const expireReads = (server: Server): Transition => {
  const { now, reads, role } = server
  const isOver = ({ deadline }: { readonly deadline: number }) => deadline <= now
  const isOpen = (read: { readonly deadline: number }) => !isOver(read)

  const ids = [...reads.forwarded, ...reads.confirmed].filter(isOver).flatMap((asked) => asked.ids)
  const kept = {
    ...server,
    reads: { ...reads, forwarded: reads.forwarded.filter(isOpen), confirmed: reads.confirmed.filter(isOpen) }
  }
  const own = ids.length === 0 ? [] : [timedOut(ids)]
  if (role._tag !== "Leader") return [kept, own]
  // A round that has lost all its reads still counts as under way, or silent peers would be asked again and again.
  const rounds = role.reads.rounds.map((round) => ({ ...round, reads: round.reads.filter(isOpen) }))
  const waiting = role.reads.waiting.filter(isOpen)
  const refused = refuseAll(server, pendingOf(role).filter(isOver), timedOut)
  return [{ ...kept, role: { ...role, reads: { waiting, rounds } } }, [...own, ...refused]]
}
