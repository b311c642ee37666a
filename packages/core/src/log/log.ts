/**
 * The replicated log (§5.3) as a value: O(1) append and read, older versions
 * stay valid.
 *
 * It begins after a snapshot (`lastIncludedIndex`) and may be longer than
 * memory: terms are known for every index above the snapshot, entries only for
 * the newest part. Entries of an older part are `NotInMemory` and come back
 * through `ReadLog`.
 */
import { type Entry, entryBytes } from "../entry.ts"
import { type LogIndex, logIndex, type Term } from "../ids.ts"
import { invariant } from "../invariant.ts"
import type { PersistentState } from "../persistentState.ts"
import type { SnapshotMetadata } from "../snapshot.ts"
import * as AppendList from "./appendList.ts"
import * as Configurations from "./configurations.ts"
import * as TermRuns from "./termRuns.ts"

export interface Log {
  /** A snapshot stands for the log through this index, and maybe for more of it; 0 before the first. */
  readonly lastIncludedIndex: LogIndex
  readonly lastIncludedTerm: Term
  readonly lastIndex: LogIndex
  readonly lastTerm: Term
  /** Log time of the last entry or, in an empty log, of the snapshot (ms). */
  readonly lastTime: number
  /** Size of everything ever appended (bytes). Only differences between two values mean anything. */
  readonly bytesAppended: number
  readonly termRuns: TermRuns.TermRuns
  /** The snapshot's configuration and those above it; the last is in force. */
  readonly configurations: Configurations.Configurations
  /** The newest entries, through `lastIndex` without a gap. */
  readonly memory: AppendList.AppendList<Entry>
}

/** Entries asked for lie in the part of the log that only storage holds. */
export const NotInMemory = "NotInMemory"
export type NotInMemory = typeof NotInMemory

/** The log that storage gave back. */
export const fromPersistent = (persistent: PersistentState): Log => {
  const { lastIndex, snapshot, tail, termRuns } = persistent
  const snapshotIndex = snapshot?.lastIncludedIndex ?? logIndex(0)
  const first = termRuns[0]
  // Where the log begins before its snapshot's end, all but its first entry can be sent: the term before is known.
  const isTrailing = first !== undefined && first.from <= snapshotIndex
  const lastIncludedIndex = isTrailing ? first.from : snapshotIndex
  const lastIncludedTerm = isTrailing ? first.term : (snapshot?.lastIncludedTerm ?? (0 as Term))
  const last = tail.at(-1)
  const isEmpty = lastIndex === snapshotIndex && !isTrailing
  invariant(lastIndex >= snapshotIndex, "the stored log ends at or after its snapshot")
  invariant(isEmpty || last?.index === lastIndex, "the stored tail ends where the stored log ends")
  invariant(isEmpty || first !== undefined, "a stored log that is not empty has term runs")
  return {
    lastIncludedIndex,
    lastIncludedTerm,
    lastIndex,
    lastTerm: isEmpty ? lastIncludedTerm : termRuns.at(-1)!.term,
    lastTime: isEmpty ? (snapshot?.time ?? 0) : last!.time,
    bytesAppended: 0,
    termRuns,
    configurations: Configurations.fromPersistent(persistent),
    memory: AppendList.make(tail.filter(({ index }) => index > lastIncludedIndex))
  }
}

/** The log after another server's snapshot has taken its place, all of it (§7). */
export const ofSnapshot = (log: Log, snapshot: SnapshotMetadata): Log => {
  invariant(snapshot.lastIncludedIndex > log.lastIncludedIndex, "a snapshot never takes the log back")
  return {
    lastIncludedIndex: snapshot.lastIncludedIndex,
    lastIncludedTerm: snapshot.lastIncludedTerm,
    lastIndex: snapshot.lastIncludedIndex,
    lastTerm: snapshot.lastIncludedTerm,
    lastTime: snapshot.time,
    bytesAppended: log.bytesAppended,
    termRuns: [],
    configurations: [{ index: snapshot.configurationIndex, configuration: snapshot.configuration }],
    memory: AppendList.make()
  }
}

/** Index of the first entry that memory holds; one past the last when it holds none. */
export const firstInMemory = (log: Log): LogIndex => logIndex(log.lastIndex - AppendList.size(log.memory) + 1)

/** The term at an index from the snapshot's to the last; `undefined` before and after. */
export const termAt = (log: Log, index: LogIndex): Term | undefined => {
  if (index === log.lastIndex) return log.lastTerm
  if (index > log.lastIndex || index < log.lastIncludedIndex) return undefined
  if (index === log.lastIncludedIndex) return log.lastIncludedTerm
  return TermRuns.runAt(log.termRuns, index)?.term
}

/** The first index above the snapshot with the same term as `index`, which must hold an entry. */
export const firstIndexOfTermAt = (log: Log, index: LogIndex): LogIndex => {
  const run = TermRuns.runAt(log.termRuns, index)
  invariant(run !== undefined, "term runs cover the log")
  return logIndex(Math.max(run.from, log.lastIncludedIndex + 1))
}

/** The largest index at or below `index` whose term is at most `term`; the snapshot's index if there is none above it. */
export const lastIndexWithTermAtMost = (log: Log, index: LogIndex, term: Term): LogIndex => {
  let upper = Math.min(index, log.lastIndex)
  for (let run = TermRuns.position(log.termRuns, logIndex(upper)); run >= 0; run--) {
    const { from, term: runTerm } = log.termRuns[run]!
    if (runTerm <= term) break
    upper = from - 1
  }
  return logIndex(Math.max(upper, log.lastIncludedIndex))
}

/** The log with these entries after its last one. */
export const append = (log: Log, entries: ReadonlyArray<Entry>): Log => {
  if (entries.length === 0) return log
  let { bytesAppended, configurations, lastIndex, lastTerm, termRuns } = log
  for (let position = 0; position < entries.length; position++) {
    const entry = entries[position]!
    invariant(entry.index === lastIndex + 1, "entries are appended without a gap")
    lastIndex = entry.index
    bytesAppended += entryBytes(entry)
    if (entry.kind === "Configuration") configurations = Configurations.append(configurations, entry)
    if (entry.term === lastTerm && termRuns.length > 0) continue
    invariant(entry.term >= lastTerm, "terms never fall along a log")
    lastTerm = entry.term
    termRuns = TermRuns.append(termRuns, entry)
  }
  return {
    lastIncludedIndex: log.lastIncludedIndex,
    lastIncludedTerm: log.lastIncludedTerm,
    lastIndex,
    lastTerm,
    lastTime: entries[entries.length - 1]!.time,
    bytesAppended,
    termRuns,
    configurations,
    memory: AppendList.appendAll(log.memory, entries)
  }
}

/**
 * The log without the entry at `from` and everything after it. `lastTime` is
 * then that of an entry that may not be in memory, so something must be
 * appended before it is asked for: truncation always makes room for an entry.
 */
export const truncate = (log: Log, from: LogIndex): Log => {
  invariant(from > log.lastIncludedIndex, "a snapshot is never truncated")
  if (from > log.lastIndex) return log
  const lastIndex = logIndex(from - 1)
  const memory = AppendList.take(log.memory, from - firstInMemory(log))
  return {
    ...log,
    lastIndex,
    lastTerm: termAt(log, lastIndex)!,
    lastTime: AppendList.at(memory, AppendList.size(memory) - 1)?.time ?? 0,
    termRuns: TermRuns.truncate(log.termRuns, from),
    configurations: Configurations.truncate(log.configurations, from),
    memory
  }
}

/** Log time of the entry at an index, if memory holds it. */
export const timeAt = (log: Log, index: LogIndex): number | undefined =>
  AppendList.at(log.memory, index - firstInMemory(log))?.time

export interface Range {
  readonly from: LogIndex
  readonly through: LogIndex
  /** Size of the entries together; the first one comes however large it is. */
  readonly bytesMax: number
}

/** Entries `from`..`through`, as many as fit, or `NotInMemory`. */
export const entries = (log: Log, range: Range): ReadonlyArray<Entry> | NotInMemory => {
  const first = firstInMemory(log)
  if (range.from < first) return NotInMemory
  const start = range.from - first
  const end = Math.min(range.through, log.lastIndex) - first + 1
  let bytes = 0
  let position = start
  while (position < end) {
    bytes += entryBytes(AppendList.at(log.memory, position)!)
    if (bytes > range.bytesMax && position > start) break
    position++
  }
  return AppendList.slice(log.memory, start, position)
}

/** The log after a snapshot, through `index` or further, has taken the place of its beginning (§7). */
export const compact = (log: Log, index: LogIndex): Log => {
  if (index <= log.lastIncludedIndex) return log
  invariant(index <= log.lastIndex, "a snapshot of the own log does not pass its end")
  return {
    ...log,
    lastIncludedIndex: index,
    lastIncludedTerm: termAt(log, index)!,
    termRuns: TermRuns.compact(log.termRuns, index),
    configurations: Configurations.compact(log.configurations, index),
    memory: AppendList.drop(log.memory, index - firstInMemory(log) + 1)
  }
}

/** The log with at most the entries after `index` in memory. Only durable entries may be forgotten. */
export const evict = (log: Log, index: LogIndex): Log => {
  const dropped = Math.min(index, log.lastIndex - 1) - firstInMemory(log) + 1
  return dropped <= 0 ? log : { ...log, memory: AppendList.drop(log.memory, dropped) }
}
