/**
 * What was ordered from storage and what is durable: the bookkeeping behind
 * every output's `after`.
 *
 * Promises (a granted vote, a vote request, an accepted append) wait for the
 * latest write of all, whichever step issued it. What only reveals a term waits
 * for the latest write of the hard state. A write is known by its id alone: the
 * same `(index, term)` may be written, overwritten and written again.
 */
import { type LogIndex, logIndex, type ServerId, type Term, type WriteId, writeId } from "./ids.ts"
import type { Entry } from "./entry.ts"
import { invariant } from "./invariant.ts"
import * as AppendList from "./log/appendList.ts"
import * as Log from "./log/log.ts"
import type { SnapshotChunk, Write } from "./output.ts"
import type { Server, Writes } from "./server.ts"

/** What a promise waits for. */
export const latestWriteId = ({ writes }: Server): WriteId =>
  writes.hardStateId > writes.lastId ? writes.hardStateId : writes.lastId

/** What revealing `currentTerm` waits for: the log may be overtaken, a term never. */
export const hardStateWriteId = (server: Server): WriteId => server.writes.hardStateId

/** The server with another term or vote; the next write of this step carries them. */
export const changeHardState = (
  server: Server,
  change: { readonly currentTerm: Term; readonly votedFor: ServerId | undefined }
): Server => {
  invariant(change.currentTerm >= server.currentTerm, "currentTerm never falls")
  invariant(
    change.currentTerm > server.currentTerm ||
      server.votedFor === undefined ||
      server.votedFor === change.votedFor,
    "one vote per term"
  )
  return {
    ...server,
    currentTerm: change.currentTerm,
    votedFor: change.votedFor,
    writes: { ...server.writes, hardStateId: writeId(server.writes.lastId + 1) }
  }
}

/** A write, and the server's fields that remember it. */
export interface Issued {
  readonly write: Write
  readonly log: Log.Log
  readonly writes: Writes
}

/** Appends to the log, after removing what `truncateFrom` says. */
export const writeLog = (
  server: Server,
  change: { readonly truncateFrom: LogIndex | undefined; readonly entries: ReadonlyArray<Entry> }
): Issued => {
  const { entries, truncateFrom } = change
  invariant(truncateFrom === undefined || truncateFrom > server.commitIndex, "StateMachineSafety")
  const kept = truncateFrom === undefined ? server.log : Log.truncate(server.log, truncateFrom)
  return issue(server, Log.append(kept, entries), truncateFrom, entries)
}

/** Issues the write that a changed hard state still waits for at the end of a step. */
export const writeHardState = (server: Server): Issued => issue(server, server.log, undefined, [])

/** Orders bytes of another server's snapshot; the last of them in place of the whole log. */
export const writeChunk = (server: Server, chunk: SnapshotChunk): Issued => {
  if (!chunk.isLast) return withChunk(issue(server, server.log, undefined, []), chunk)
  const log = Log.ofSnapshot(server.log, chunk.snapshot)
  // Until it is durable nothing of this log is; what the disk still holds is no part of it.
  return withChunk(issue(server, log, logIndex(1), []), chunk)
}

const withChunk = (issued: Issued, chunk: SnapshotChunk): Issued => ({
  ...issued,
  write: { ...issued.write, truncateFrom: undefined, chunk }
})

const issue = (
  server: Server,
  log: Log.Log,
  truncateFrom: LogIndex | undefined,
  entries: ReadonlyArray<Entry>
): Issued => {
  const { currentTerm, now, votedFor, writes } = server
  const { hardStateId, inFlight, persistedThrough } = writes
  const id = writeId(writes.lastId + 1)
  const hardState = hardStateId === id ? { currentTerm, votedFor } : undefined
  const durableIndex = lowered(writes.durableIndex, truncateFrom)
  const open = { id, issuedAt: now, lastIndex: log.lastIndex, truncateFrom }
  return {
    write: { _tag: "Write", id, hardState, truncateFrom, entries, chunk: undefined },
    log,
    writes: {
      lastId: id,
      hardStateId,
      persistedThrough,
      durableIndex,
      inFlight: AppendList.append(inFlight, open)
    }
  }
}

/** What a write removes is not part of the log any more, durable or not. */
const lowered = (durableIndex: LogIndex, truncateFrom: LogIndex | undefined): LogIndex =>
  truncateFrom !== undefined && truncateFrom <= durableIndex ? logIndex(truncateFrom - 1) : durableIndex

/** Storage confirmed every write through `through`, which is news. */
export const persisted = (writes: Writes, through: WriteId): Writes => {
  invariant(through <= writes.lastId, "storage confirms only writes that were issued")
  const confirmed = through - writes.persistedThrough
  let durableIndex = AppendList.at(writes.inFlight, confirmed - 1)!.lastIndex
  const inFlight = AppendList.drop(writes.inFlight, confirmed)
  for (let position = 0; position < AppendList.size(inFlight); position++) {
    durableIndex = lowered(durableIndex, AppendList.at(inFlight, position)!.truncateFrom)
  }
  return {
    lastId: writes.lastId,
    hardStateId: writes.hardStateId,
    persistedThrough: through,
    durableIndex,
    inFlight
  }
}

/** When the oldest write in flight was issued (ms); `undefined` when there is none. */
export const oldestIssuedAt = (server: Server): number | undefined =>
  AppendList.at(server.writes.inFlight, 0)?.issuedAt

/** Whether storage has sat on a write for longer than the options allow. */
export const isStalled = (server: Server): boolean => {
  const issuedAt = oldestIssuedAt(server)
  return issuedAt !== undefined && server.now - issuedAt >= server.self.options.storageStallTimeout
}
