/**
 * Commitment (§5.3, §5.4.2) and applying (Figure 2 "All Servers").
 *
 * TLA+: AdvanceCommitIndex. What is applied is committed and durable here: a
 * state machine never holds what this server's disk could still lose.
 */
import { type Entry, entryBytes } from "./entry.ts"
import type { EntriesApplied, LogRead } from "./event.ts"
import { type LogIndex, logIndex, type ServerId, writeId } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as AppendList from "./log/appendList.ts"
import * as Log from "./log/log.ts"
import type { ApplyEntries } from "./output.ts"
import type { Progress } from "./progress.ts"
import * as Quorum from "./quorum.ts"
import { type Leader, withProgress } from "./role.ts"
import { type Server, withReplicated, type Writes } from "./server.ts"
import { added, type Transition, unchanged } from "./transition.ts"

/** What has waited for durability or commitment already waits for no further write. */
const immediately = writeId(0)

/**
 * A leader commits what a quorum stores durably, counting itself through its
 * `durableIndex`, and only if the entry is of its own term: an older one may
 * still be overwritten however many store it (§5.4.2, Figure 8).
 */
export const advanceCommitIndex = (
  server: Server,
  leader: Leader,
  progress: ReadonlyArray<Progress>,
  writes: Writes = server.writes
): Server => {
  const { apply, lastSequence, log, self } = server
  const candidate =
    server.commitIndex === log.lastIndex
      ? server.commitIndex
      : Quorum.committedIndex(server.configuration, (id) =>
          id === self.id ? writes.durableIndex : matchIndexOf(progress, id)
        )
  const isNews = candidate > server.commitIndex && Log.termAt(log, candidate) === server.currentTerm
  const commitIndex = isNews ? candidate : server.commitIndex
  const bytesCommitted = isNews
    ? leader.bytesCommitted + ownBytes(server, leader, candidate)
    : leader.bytesCommitted
  const role =
    isNews || progress !== leader.progress
      ? withProgress(leader, progress, leader.heartbeatAt, leader.contact, bytesCommitted)
      : leader
  return withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
}

/** Size of this leader's own entries that become committed now. */
const ownBytes = ({ commitIndex, log }: Server, leader: Leader, committed: LogIndex): number => {
  const first = Log.firstInMemory(log)
  let bytes = 0
  for (let index = Math.max(commitIndex, leader.tenure.lastIndexBefore) + 1; index <= committed; index++) {
    bytes += entryBytes(AppendList.at(log.memory, index - first)!)
  }
  return bytes
}

const zero = logIndex(0)

const matchIndexOf = (progress: ReadonlyArray<Progress>, id: ServerId): LogIndex => {
  for (let position = 0; position < progress.length; position++) {
    if (progress[position]!.id === id) return progress[position]!.matchIndex
  }
  return zero
}

/** A follower learns from its leader what is committed. It never unlearns: messages come late. */
export const learnCommitIndex = (commitIndex: LogIndex, leaderCommit: LogIndex): LogIndex =>
  leaderCommit > commitIndex ? leaderCommit : commitIndex

/** Whether the state machine lacks something that is committed and durable here, and no order for it is open. */
const isApplyDue = ({ apply, commitIndex, now, snapshots, writes }: Server): boolean =>
  commitIndex > apply.lastApplied &&
  writes.durableIndex > apply.lastApplied &&
  apply.orderedThrough === apply.lastApplied &&
  apply.readId === 0 &&
  now >= apply.retryAt &&
  snapshots.taking !== "Capturing"

/**
 * The rule of every server: "if commitIndex > lastApplied, apply" (Figure 2).
 * `step` holds it against the result of every event.
 */
export const applyCommitted = (transition: Transition): Transition => {
  const server = transition[0]
  if (!isApplyDue(server)) return transition
  const { apply, commitIndex, log, self, writes } = server
  if (apply.lastApplied < log.lastIncludedIndex) return orderRestore(transition)
  const through = commitIndex < writes.durableIndex ? commitIndex : writes.durableIndex
  const range = { from: logIndex(apply.lastApplied + 1), through, bytesMax: self.options.applyBytesMax }
  const entries = Log.entries(log, range)
  if (entries !== Log.NotInMemory) return orderApply(transition, entries)

  const id = server.lastReadId + 1
  const stored = logIndex(Math.min(through, Log.firstInMemory(log) - 1))
  return [
    { ...server, lastReadId: id, apply: { ...apply, readId: id, retryAt: 0 } },
    added(transition[1], { _tag: "ReadLog", after: immediately, id, ...range, through: stored })
  ]
}

/** The log begins after what the state machine holds: a leader's snapshot has been installed, and is durable. */
const orderRestore = ([server, outputs]: Transition): Transition => {
  const { apply, log, snapshots, writes } = server
  const snapshot = snapshots.latest
  invariant(
    snapshot?.lastIncludedIndex === log.lastIncludedIndex,
    "a log that was replaced begins at its snapshot"
  )
  invariant(writes.durableIndex >= log.lastIncludedIndex, "a snapshot is restored once it is durable")
  return [
    { ...server, apply: { ...apply, orderedThrough: log.lastIncludedIndex } },
    added(outputs, { _tag: "InstallSnapshot", after: immediately, snapshot })
  ]
}

const orderApply = ([server, outputs]: Transition, entries: ReadonlyArray<Entry>): Transition => {
  const { lastApplied } = server.apply
  const last = entries[entries.length - 1]
  invariant(last !== undefined && entries[0]!.index === lastApplied + 1, "StateMachineSafety")
  invariant(last.index <= server.commitIndex, "StateMachineSafety")
  const order: ApplyEntries = { _tag: "ApplyEntries", after: immediately, entries }
  const apply = { lastApplied, orderedThrough: last.index, readId: 0, retryAt: 0 }
  const { commitIndex, lastSequence, log, role, writes } = server
  return [
    withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes }),
    added(outputs, order)
  ]
}

/** The state machine holds more, and memory may forget what it need not keep: all before the entry applied last, which a snapshot would describe. */
export const handleEntriesApplied = (server: Server, { through }: EntriesApplied): Server => {
  const { commitIndex, lastSequence, role, writes } = server
  const { lastApplied, orderedThrough, readId } = server.apply
  invariant(through > lastApplied && through <= orderedThrough, "only what was ordered is applied")
  const log = isTooLong(server) ? forgetApplied(server, through) : server.log
  const apply = { lastApplied: through, orderedThrough, readId, retryAt: 0 }
  return withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
}

const isTooLong = ({ log, self }: Server): boolean =>
  AppendList.size(log.memory) > self.options.memoryEntriesMax

/** Drops a quarter of the window at once, so that the cost per entry stays constant. */
const forgetApplied = ({ log, self, writes }: Server, lastApplied: LogIndex): Log.Log => {
  const { memoryEntriesMax } = self.options
  const kept = memoryEntriesMax - Math.floor(memoryEntriesMax / 4)
  return Log.evict(log, logIndex(Math.min(lastApplied - 1, writes.durableIndex, log.lastIndex - kept)))
}

/** Entries for applying came back from storage. */
export const handleApplyRead = (server: Server, { entries }: LogRead): Transition =>
  orderApply(unchanged(server), entries)

/** A failed read is never the end of the log: it is tried again after a pause. */
export const handleApplyReadFailed = (server: Server): Server => ({
  ...server,
  apply: { ...server.apply, readId: 0, retryAt: server.now + server.self.options.heartbeatInterval }
})
