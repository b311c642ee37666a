/**
 * The reducer: `step(server, event)` gives the next server and what its driver
 * must do.
 *
 * Pure and total: no I/O, clock, randomness or mutation; equal event sequences
 * give equal results on any machine. The term rule of §5.1 and its exceptions
 * live here, before any handler.
 */
import { handlePeerRead, handlePeerReadFailed, replicate } from "./appendEntries.ts"
import {
  afterPersisted,
  applyCommitted,
  handleApplyRead,
  handleApplyReadFailed,
  handleEntriesApplied
} from "./commit.ts"
import { handleSnapshotTaken } from "./compaction.ts"
import {
  answerVote,
  becomeFollower,
  countVotes,
  handleRequestVoteRequest,
  handleRequestVoteResponse,
  retryVotes,
  timeout,
  updateTerm
} from "./election.ts"
import type { Event, LogRead, LogReadFailed } from "./event.ts"
import { answerHeartbeat, handleHeartbeatRequest } from "./heartbeat.ts"
import { type WriteId, writeId } from "./ids.ts"
import type { Message } from "./message.ts"
import type { Output } from "./output.ts"
import { clientRequest } from "./proposals.ts"
import {
  handleAppendEntriesAccepted,
  handleAppendEntriesRefused,
  handleAppendEntriesRequest,
  handlePeerUnreachable,
  refuseOldTerm
} from "./replication.ts"
import { leaderId, type Server } from "./server.ts"
import { none, andThen, type Transition, unchanged } from "./transition.ts"
import { isStalled, persisted, writeHardState } from "./writes.ts"

/** One event: the next server, and the outputs it orders. The only function that makes servers out of servers. */
export const step = (server: Server, event: Event): Transition => {
  if (server.storageFailed) return unchanged(server)
  const current = event.at > server.now ? { ...server, now: event.at } : server
  const [next, outputs] = settle(handle(current, event))
  return [next, announce(server, next, outputs)]
}

const handle = (server: Server, event: Event): Transition => {
  switch (event._tag) {
    case "MessageReceived":
      return receive(server, event.message)
    case "TimeAdvanced":
      return advanceTime(server)
    case "WritesPersisted":
      return handleWritesPersisted(server, event.through)
    case "CommandsProposed":
      return clientRequest(server, event)
    case "EntriesApplied":
      return handleEntriesApplied(server, event)
    case "LogRead":
      return handleLogRead(server, event)
    case "LogReadFailed":
      return handleLogReadFailed(server, event)
    case "SnapshotTaken":
      return handleSnapshotTaken(server, event.index)
    case "PeerUnreachable":
      return handlePeerUnreachable(server, event)
    case "StorageFailed":
      return unchanged({ ...becomeFollower(server, undefined), storageFailed: true })
  }
}

/** Issues the write that a changed term or vote still waits for. */
const settle = (transition: Transition): Transition => {
  const [server, outputs] = transition
  if (server.writes.hardStateId <= server.writes.lastId) return transition
  const [written, write] = writeHardState(server)
  return [written, [...outputs, write]]
}

const immediately = writeId(0)

const announce = (before: Server, after: Server, outputs: ReadonlyArray<Output>): ReadonlyArray<Output> => {
  if (before.role === after.role && before.currentTerm === after.currentTerm) return outputs
  const leader = leaderId(after)
  const isSame =
    before.role._tag === after.role._tag &&
    before.currentTerm === after.currentTerm &&
    leaderId(before) === leader
  if (isSame) return outputs
  const { currentTerm, role } = after
  return [
    ...outputs,
    { _tag: "RoleChanged", after: immediately, role: role._tag, term: currentTerm, leaderId: leader }
  ]
}

/**
 * The term rule (§5.1): a newer term is adopted before its message is handled;
 * an older request is answered with our term, which makes its sender step down
 * (dropping it could strand that server for ever); an older answer is nothing.
 */
const receive = (server: Server, message: Message): Transition => {
  if (message.to !== server.self.id || message.group !== server.self.group) return unchanged(server)
  if (message.term > server.currentTerm) return dispatch(updateTerm(server, message.term), message)
  if (message.term < server.currentTerm) return [server, answerOldTerm(server, message)]
  return dispatch(server, message)
}

const dispatch = (server: Server, message: Message): Transition => {
  switch (message._tag) {
    case "RequestVoteRequest":
      return handleRequestVoteRequest(server, message)
    case "RequestVoteResponse":
      return handleRequestVoteResponse(server, message)
    case "AppendEntriesRequest":
      return handleAppendEntriesRequest(server, message)
    case "AppendEntriesAccepted":
      return handleAppendEntriesAccepted(server, message)
    case "AppendEntriesRefused":
      return handleAppendEntriesRefused(server, message)
    case "HeartbeatRequest":
      return handleHeartbeatRequest(server, message)
    case "HeartbeatResponse":
      // Its term was all it had to say.
      return unchanged(server)
  }
}

const answerOldTerm = (server: Server, message: Message): ReadonlyArray<Output> => {
  switch (message._tag) {
    case "RequestVoteRequest":
      return [answerVote(server, message, false)]
    case "AppendEntriesRequest":
      return [refuseOldTerm(server, message)]
    case "HeartbeatRequest":
      return [answerHeartbeat(server, message)]
    case "RequestVoteResponse":
    case "AppendEntriesAccepted":
    case "AppendEntriesRefused":
    case "HeartbeatResponse":
      return none
  }
}

/** The end of a turn: everything that time, or what this turn gathered, makes due. */
const advanceTime = (server: Server): Transition => {
  const { now, role } = server
  const applying = server.apply.retryAt > 0 ? applyCommitted(server) : unchanged(server)
  switch (role._tag) {
    case "Leader":
      // A leader that cannot write blocks everybody; its followers' disks may be well.
      return isStalled(server)
        ? unchanged(becomeFollower(server, undefined))
        : andThen(applying, (current) => replicate(current, role))
    case "Candidate":
      if (now >= role.electionDeadline) return andThen(applying, timeout)
      return now >= role.retryAt ? andThen(applying, (current) => retryVotes(current, role)) : applying
    case "Follower":
      return now >= role.electionDeadline ? andThen(applying, timeout) : applying
  }
}

const handleWritesPersisted = (server: Server, through: WriteId): Transition => {
  const current = persisted(server, through)
  if (current === server) return unchanged(server)
  return andThen(afterPersisted(current), countVotes)
}

const handleLogRead = (server: Server, event: LogRead): Transition => {
  if (server.apply.readId === event.id) return handleApplyRead(server, event)
  return server.role._tag === "Leader" ? handlePeerRead(server, server.role, event) : unchanged(server)
}

const handleLogReadFailed = (server: Server, event: LogReadFailed): Transition => {
  if (server.apply.readId === event.id) return handleApplyReadFailed(server)
  return server.role._tag === "Leader"
    ? handlePeerReadFailed(server, server.role, event.id)
    : unchanged(server)
}
