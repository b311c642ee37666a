/**
 * Commitment (§5.3, §5.4.2) and applying (Figure 2 "All Servers").
 *
 * TLA+: AdvanceCommitIndex. What is applied is committed and durable here: a
 * state machine never holds what this server's disk could still lose.
 */
import { type Entry, entryBytes } from "./entry.ts"
import type { EntriesApplied, LogRead } from "./event.ts"
import { type LogIndex, logIndex, writeId } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as AppendList from "./log/appendList.ts"
import * as Log from "./log/log.ts"
import type { Progress } from "./progress.ts"
import * as Quorum from "./quorum.ts"
import type { Leader } from "./role.ts"
import type { Server } from "./server.ts"
import { none, andThen, type Transition, unchanged } from "./transition.ts"

/** What has waited for durability or commitment already waits for no further write. */
const immediately = writeId(0)

/**
 * A leader commits what a quorum stores durably, counting itself through its
 * `durableIndex`, and only if the entry is of its own term: an older one may
 * still be overwritten however many store it (§5.4.2, Figure 8).
 */
export const advanceCommitIndex = (server: Server): Transition => {
  const { role } = server
  if (role._tag !== "Leader") return unchanged(server)
  const candidate = Quorum.committedIndex(server.configuration, (id) =>
    id === server.self.id ? server.writes.durableIndex : matchIndexOf(role.progress, id)
  )
  if (candidate <= server.commitIndex) return unchanged(server)
  if (Log.termAt(server.log, candidate) !== server.currentTerm) return unchanged(server)
  return applyCommitted({
    ...server,
    commitIndex: candidate,
    role: { ...role, uncommittedBytes: role.uncommittedBytes - ownBytes(server, role, candidate) }
  })
}

const zero = logIndex(0)

const matchIndexOf = (progress: ReadonlyArray<Progress>, id: string): LogIndex => {
  for (const peer of progress) if (peer.id === id) return peer.matchIndex
  return zero
}

/** Size of this leader's own entries that become committed now. */
const ownBytes = (server: Server, leader: Leader, committed: LogIndex): number => {
  const first = Log.firstInMemory(server.log)
  let bytes = 0
  for (let index = Math.max(server.commitIndex, leader.lastIndexBefore) + 1; index <= committed; index++) {
    bytes += entryBytes(AppendList.at(server.log.memory, index - first)!)
  }
  return bytes
}

/** A follower learns from its leader what is committed; `through` is how far its log is known to match. */
export const learnCommitIndex = (server: Server, leaderCommit: LogIndex, through: LogIndex): Transition => {
  const learned = leaderCommit < through ? leaderCommit : through
  if (learned <= server.commitIndex) return unchanged(server)
  invariant(learned <= server.log.lastIndex, "LeaderCompleteness")
  return applyCommitted({ ...server, commitIndex: learned })
}

/** Orders the next entries to be applied, unless an order is open. */
export const applyCommitted = (server: Server): Transition => {
  const { apply, commitIndex, log, self, writes } = server
  if (apply.orderedThrough > apply.lastApplied || apply.readId !== 0 || server.now < apply.retryAt) {
    return unchanged(server)
  }
  const through = commitIndex < writes.durableIndex ? commitIndex : writes.durableIndex
  if (through <= apply.lastApplied) return unchanged(server)

  const range = { from: logIndex(apply.lastApplied + 1), through, bytesMax: self.options.applyBytesMax }
  const entries = Log.entries(log, range)
  if (entries !== Log.NotInMemory) return orderApply(server, entries)

  const id = server.lastReadId + 1
  const stored = logIndex(Math.min(through, Log.firstInMemory(log) - 1))
  return [
    { ...server, lastReadId: id, apply: { ...apply, readId: id } },
    [{ _tag: "ReadLog", after: immediately, id, ...range, through: stored }]
  ]
}

const orderApply = (server: Server, entries: ReadonlyArray<Entry>): Transition => {
  const { lastApplied } = server.apply
  const last = entries.at(-1)
  invariant(last !== undefined && entries[0]!.index === lastApplied + 1, "StateMachineSafety")
  return [
    { ...server, apply: { lastApplied, orderedThrough: last.index, readId: 0, retryAt: 0 } },
    [{ _tag: "ApplyEntries", after: immediately, entries }]
  ]
}

/** The state machine holds more: forgets what memory need not keep, and orders what comes next. */
export const handleEntriesApplied = (server: Server, { through }: EntriesApplied): Transition => {
  const { apply } = server
  invariant(
    through > apply.lastApplied && through <= apply.orderedThrough,
    "only what was ordered is applied"
  )
  const applied = { ...server, apply: { ...apply, lastApplied: through } }
  return applyCommitted({ ...applied, log: forgetApplied(applied) })
}

/** Drops a quarter of the window at once, so that the cost per entry stays constant. */
const forgetApplied = ({ apply, log, self, writes }: Server): Log.Log => {
  const { memoryEntriesMax } = self.options
  if (AppendList.size(log.memory) <= memoryEntriesMax) return log
  const kept = memoryEntriesMax - Math.floor(memoryEntriesMax / 4)
  return Log.evict(log, logIndex(Math.min(apply.lastApplied, writes.durableIndex, log.lastIndex - kept)))
}

/** Entries for applying came back from storage. */
export const handleApplyRead = (server: Server, { entries }: LogRead): Transition =>
  orderApply(server, entries)

/** A failed read is never the end of the log: it is tried again after a pause. */
export const handleApplyReadFailed = (server: Server): Transition => [
  {
    ...server,
    apply: { ...server.apply, readId: 0, retryAt: server.now + server.self.options.heartbeatInterval }
  },
  none
]

/** Commitment may have moved for a leader, and durability for applying: after every confirmed write. */
export const afterPersisted = (server: Server): Transition =>
  andThen(advanceCommitIndex(server), applyCommitted)
