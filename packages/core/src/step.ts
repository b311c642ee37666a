/**
 * The reducer: `step(server, event)` gives the next server and what its driver
 * must do.
 *
 * Pure and total: no I/O, clock, randomness or mutation; equal event sequences
 * give equal results on any machine. The term rule of §5.1 and its exceptions
 * live here, before any handler.
 */
import { answerOldTerm, dispatch } from "./dispatch.ts"
import { handlePeerRead, handlePeerReadFailed, replicate } from "./appendEntries.ts"
import {
  advanceCommitIndex,
  applyCommitted,
  handleApplyRead,
  handleApplyReadFailed,
  handleEntriesApplied
} from "./commit.ts"
import { handleSnapshotEvent, takeSnapshot } from "./compaction.ts"
import { checkQuorum } from "./contact.ts"
import { answerVote, becomeFollower, countVotes, isTooSoon, retryVotes, updateTerm } from "./election.ts"
import * as Freshness from "./freshness.ts"
import type { Event, LogRead, LogReadFailed } from "./event.ts"
import {
  abandonForwards,
  forwardDeadline,
  forwardProposals,
  forwardsTo,
  retryForwards
} from "./forwarding.ts"
import { type WriteId, writeId } from "./ids.ts"
import { adoptConfiguration, requestConfigurationChange, resign, settle } from "./membership.ts"
import { handleReadRequested } from "./localRead.ts"
import type { Message } from "./message.ts"
import type { RoleChanged } from "./output.ts"
import { handlePreVoteRequest, handlePreVoteResponse, retryPreVotes, timeout } from "./preVote.ts"
import { clientRequest } from "./proposals.ts"
import { handlePeerUnreachable } from "./replication.ts"
import {
  abandonReads,
  answerLostReads,
  beginReadRound,
  expireReads,
  isReadRoundDue,
  loseForwardedReads,
  readDeadline,
  settleReads
} from "./readIndex.ts"
import type { Leader } from "./role.ts"
import { leaderId, type Self, type Server, withNow, withReplicated } from "./server.ts"
import { advanceTransfer, answerLostTransfer, requestTransfer } from "./transfer.ts"
import { added, type Transition, unchanged } from "./transition.ts"
import { isStalled, persisted, writeHardState } from "./writes.ts"

/** One event: the next server, and the outputs it orders. The only function that makes servers out of servers. */
export const step = (server: Server, event: Event): Transition => {
  if (server.storageFailed) return unchanged(server)
  if (event.at < server.now) return stepBack(server, event)
  return stepNow(event.at > server.now ? withNow(server, event.at) : server, event)
}

const stepNow = (server: Server, event: Event): Transition =>
  announceRole(
    server,
    settleReads(applyCommitted(persistHardState(adoptConfiguration(handle(server, event)))))
  )

/** A clock that goes back is stood still for; what was dated by it, before or meanwhile, proves nothing. */
const stepBack = (server: Server, event: Event): Transition => {
  const [next, outputs] = stepNow(Freshness.withoutDates(server), event)
  return [Freshness.withoutDates(next), outputs]
}

const handle = (server: Server, event: Event): Transition => {
  switch (event._tag) {
    case "MessageReceived":
      return receive(server, event.message)
    case "TimeAdvanced":
      return advanceTime(server)
    case "WritesPersisted":
      return handleWritesPersisted(server, event.through)
    case "CommandsProposed": {
      const leader = forwardsTo(server, event.mayBeForwarded === true)
      return leader === undefined
        ? clientRequest(server, event)
        : forwardProposals(server, leader, event.proposals)
    }
    case "LeadershipTransferRequested":
      return requestTransfer(server, event)
    case "ReadRequested":
      return handleReadRequested(server, event)
    case "ConfigurationChangeRequested":
      return requestConfigurationChange(server, event)
    case "EntriesApplied":
      return takeSnapshot(handleEntriesApplied(server, event))
    case "LogRead":
      return handleLogRead(server, event)
    case "LogReadFailed":
      return unchanged(handleLogReadFailed(server, event))
    case "SnapshotTaken":
    case "SnapshotPersisted":
    case "SnapshotRestored":
      return handleSnapshotEvent(server, event)
    case "PeerUnreachable":
      return loseForwardedReads(handlePeerUnreachable(server, event), event)
    case "StorageFailed":
      return abandonForwards(abandonReads({ ...becomeFollower(server, undefined), storageFailed: true }))
  }
}

/** Issues the write that a changed term or vote still waits for. */
const persistHardState = (transition: Transition): Transition => {
  const server = transition[0]
  if (server.writes.hardStateId <= server.writes.lastId) return transition
  const { write, writes } = writeHardState(server)
  return [{ ...server, writes }, added(transition[1], write)]
}

const immediately = writeId(0)

const announceRole = (before: Server, transition: Transition): Transition => {
  const after = transition[0]
  const { currentTerm, role } = after
  if (before.role === role && before.currentTerm === currentTerm) return transition
  const isSame =
    before.role._tag === role._tag &&
    before.currentTerm === currentTerm &&
    leaderId(before) === leaderId(after)
  return isSame ? transition : announce(before, transition)
}

const announce = (before: Server, [after, outputs]: Transition): Transition => {
  const change: RoleChanged = {
    _tag: "RoleChanged",
    after: immediately,
    role: after.role._tag,
    term: after.currentTerm,
    leaderId: leaderId(after)
  }
  return [
    after,
    [...outputs, change, ...answerLostTransfer(before, after), ...answerLostReads(before, after)]
  ]
}

/**
 * The term rule (§5.1): a newer term is adopted before its message is handled;
 * an older request is answered with our term, which makes its sender step down
 * (dropping it could strand that server for ever); an older answer is nothing.
 *
 * Its exceptions: the term of a `PreVoteRequest` is nobody's yet, so it is never
 * adopted; a `PreVoteResponse` answers by its number, whatever the term of who
 * gave it; and a vote asked for too soon is refused without adopting its term.
 */
const receive = (server: Server, message: Message): Transition => {
  if (!isMeant(server.self, message)) return unchanged(server)
  if (message.term === server.currentTerm) return dispatch(server, message)
  if (message._tag === "PreVoteRequest") return handlePreVoteRequest(server, message)
  if (message.term < server.currentTerm) {
    return message._tag === "PreVoteResponse"
      ? handlePreVoteResponse(server, message)
      : [server, answerOldTerm(server, message)]
  }
  if (message._tag === "RequestVoteRequest" && isTooSoon(server, message)) {
    return [server, [answerVote(server, message, false)]]
  }
  return dispatch(updateTerm(server, message.term), message)
}

/** A message for another server or group, or one that claims to come from this server, is somebody's mistake. */
const isMeant = ({ group, id }: Self, message: Message): boolean =>
  message.to === id && message.from !== id && message.group === group

/** The end of a turn: everything that time, or what this turn gathered, makes due. */
const advanceTime = (server: Server): Transition => {
  if (forwardDeadline(server) > server.now) return advanceReads(server)
  const [current, outputs] = advanceReads(server)
  const [next, repeated] = retryForwards(current)
  return [next, [...outputs, ...repeated]]
}

const advanceReads = (server: Server): Transition => {
  if (readDeadline(server) > server.now) return advanceRole(server)
  // A leader that steps down now answers all its reads for that reason, and none twice.
  const [current, outputs] = advanceRole(server)
  const [next, expired] = expireReads(current)
  return [next, [...outputs, ...expired]]
}

const advanceRole = (server: Server): Transition => {
  const { now, role } = server
  switch (role._tag) {
    case "Leader":
      return lead(server, role)
    case "PreCandidate":
      if (now >= role.electionDeadline) return timeout(server)
      return now >= role.retryAt ? retryPreVotes(server, role) : unchanged(server)
    case "Candidate":
      if (now >= role.electionDeadline) return timeout(server)
      return now >= role.retryAt ? retryVotes(server, role) : unchanged(server)
    case "Follower":
      return now >= role.electionDeadline ? timeout(server) : unchanged(server)
  }
}

/** A leader steps down if it cannot write, which blocks everybody while its followers' disks may be well, or if its quorum is gone. */
const lead = (server: Server, leader: Leader): Transition => {
  const role = server.self.options.checkQuorum ? checkQuorum(server, leader) : leader
  if (role === undefined || isStalled(server)) return unchanged(becomeFollower(server, undefined))
  const hasReads = isReadRoundDue(server, role)
  const leading = hasReads ? beginReadRound(server, role) : role
  const current = leading === leader ? server : { ...server, role: leading }
  if (leading.transfer === undefined && leading.settling === undefined) {
    return replicate(current, leading, hasReads)
  }
  const settled = asLeader(asLeader(unchanged(current), settle), advanceTransfer)
  return asLeader(
    asLeader(settled, (next, role) => replicate(next, role, hasReads)),
    resign
  )
}

/** Does this too, if the server still leads. */
const asLeader = (
  transition: Transition,
  act: (server: Server, leader: Leader) => Transition
): Transition => {
  const [server, outputs] = transition
  if (server.role._tag !== "Leader") return transition
  const [next, more] = act(server, server.role)
  return [next, [...outputs, ...more]]
}

/** The own disk may complete a quorum: for an entry, or for the own vote. */
const handleWritesPersisted = (server: Server, through: WriteId): Transition => {
  if (through <= server.writes.persistedThrough) return unchanged(server)
  const { apply, commitIndex, lastSequence, log, role } = server
  const writes = persisted(server.writes, through)
  if (role._tag === "Leader") return unchanged(advanceCommitIndex(server, role, role.progress, writes))
  const current = withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
  return role._tag === "Candidate" ? countVotes(current) : unchanged(current)
}

const handleLogRead = (server: Server, event: LogRead): Transition => {
  if (server.apply.readId === event.id) return handleApplyRead(server, event)
  return server.role._tag === "Leader" ? handlePeerRead(server, server.role, event) : unchanged(server)
}

const handleLogReadFailed = (server: Server, event: LogReadFailed): Server => {
  if (server.apply.readId === event.id) return handleApplyReadFailed(server)
  return server.role._tag === "Leader" ? handlePeerReadFailed(server, server.role, event.id) : server
}
