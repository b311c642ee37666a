/**
 * Log compaction (§7): when a snapshot is taken, and what is forgotten once it
 * is durable. Each server decides for itself.
 */
import type { SnapshotPersisted, SnapshotRestored, SnapshotTaken } from "./event.ts"
import { type LogIndex, logIndex, writeId } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as Configurations from "./log/configurations.ts"
import * as Log from "./log/log.ts"
import type { Server } from "./server.ts"
import type { SnapshotMetadata } from "./snapshot.ts"
import { type Transition, unchanged } from "./transition.ts"

/** What the state machine holds is durable already. */
const immediately = writeId(0)

/** Orders a snapshot of what has just been applied, if the log has grown by as much as the options say. */
export const takeSnapshot = (server: Server): Transition => {
  if (!isSnapshotWanted(server)) return unchanged(server)
  const snapshot = describe(server, server.apply.lastApplied)
  if (snapshot === undefined) return unchanged(server)
  const { log, snapshots } = server
  const next: Server = {
    ...server,
    snapshots: { ...snapshots, taking: "Capturing", bytesBefore: log.bytesAppended }
  }
  return [next, [{ _tag: "TakeSnapshot", after: immediately, snapshot }]]
}

const isSnapshotWanted = (server: Server): boolean => {
  const { apply, log, self, snapshots } = server
  const { snapshotBytesMax, snapshotEntriesMax } = self.options
  const entries = apply.lastApplied - (snapshots.latest?.lastIncludedIndex ?? 0)
  const isLong =
    entries >= snapshotEntriesMax || log.bytesAppended - snapshots.bytesBefore >= snapshotBytesMax
  if (!isLong || entries === 0) return false
  return snapshots.taking === "No" && apply.orderedThrough === apply.lastApplied && !isBeingSent(server)
}

/**
 * A peer that is taking our snapshot in would have to begin anew with the next
 * one, and could do so for ever. One that has fallen silent is not waited for.
 */
const isBeingSent = ({ now, role, self }: Server): boolean =>
  role._tag === "Leader" &&
  role.progress.some(
    ({ transfer }) =>
      transfer?.answeredAt !== undefined && now - transfer.answeredAt < self.options.electionTimeoutMax
  )

/**
 * What a snapshot at `index` has to say besides its bytes; `undefined` where the
 * log does not know it (any more).
 */
export const describe = (server: Server, index: LogIndex): Omit<SnapshotMetadata, "size"> | undefined => {
  const lastIncludedTerm = Log.termAt(server.log, index)
  const time = Log.timeAt(server.log, index)
  const { configuration, index: configurationIndex } = Configurations.at(server.log.configurations, index)
  // Whoever was added and has not come to the entry that says so does not know who the cluster is.
  if (lastIncludedTerm === undefined || time === undefined || configuration.members.length === 0)
    return undefined
  return { lastIncludedIndex: index, lastIncludedTerm, time, configuration, configurationIndex }
}

/** What became of an order about snapshots. */
export const handleSnapshotEvent = (
  server: Server,
  event: SnapshotTaken | SnapshotPersisted | SnapshotRestored
): Transition => {
  switch (event._tag) {
    case "SnapshotTaken":
      return unchanged(handleSnapshotTaken(server, event))
    case "SnapshotPersisted":
      return handleSnapshotPersisted(server, event)
    case "SnapshotRestored":
      return unchanged(handleSnapshotRestored(server, event))
  }
}

/** The state is caught: the state machine may go on. */
const handleSnapshotTaken = (server: Server, { index }: SnapshotTaken): Server => {
  if (server.snapshots.taking !== "Capturing") return server
  invariant(index === server.apply.lastApplied, "a snapshot holds what was applied when it was ordered")
  return { ...server, snapshots: { ...server.snapshots, taking: "Saving" } }
}

/**
 * A durable snapshot covers the log: all but the trailing entries is forgotten.
 * One that another server's has overtaken covers nothing.
 */
const handleSnapshotPersisted = (server: Server, { snapshot }: SnapshotPersisted): Transition => {
  const { apply, log, self, snapshots, writes } = server
  const index = snapshot.lastIncludedIndex
  const isNews = index > (snapshots.latest?.lastIncludedIndex ?? 0)
  if (!isNews) return unchanged({ ...server, snapshots: { ...snapshots, taking: "No" } })
  invariant(index <= apply.lastApplied, "a snapshot holds applied entries only")
  invariant(index <= writes.durableIndex, "a snapshot holds durable entries only")
  invariant(Log.termAt(log, index) === snapshot.lastIncludedTerm, "a snapshot is of the own log")

  const next = { ...server, snapshots: { ...snapshots, taking: "No" as const, latest: snapshot } }
  const through = logIndex(index - self.options.trailingEntries)
  if (through <= log.lastIncludedIndex) return unchanged(next)
  return [{ ...next, log: Log.compact(log, through) }, [{ _tag: "CompactLog", after: immediately, through }]]
}

/** The state machine holds what the snapshot does: applying goes on after it. */
const handleSnapshotRestored = (server: Server, { index }: SnapshotRestored): Server => {
  const { apply, log } = server
  invariant(
    index === apply.orderedThrough && index === log.lastIncludedIndex,
    "the snapshot that was ordered is restored"
  )
  invariant(index <= server.commitIndex, "StateMachineSafety")
  return { ...server, apply: { lastApplied: index, orderedThrough: index, readId: 0, retryAt: 0 } }
}
