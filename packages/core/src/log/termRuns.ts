/**
 * The terms of a log, run-length encoded: terms never fall along a log (§5.3),
 * so a handful of runs answers for any number of entries.
 */
import type { LogIndex, Term } from "../ids.ts"

/** From index `from` up to the next run, every entry has `term`. */
export interface TermRun {
  readonly from: LogIndex
  readonly term: Term
}

export type TermRuns = ReadonlyArray<TermRun>

/** The runs after appending an entry; the same array unless a term begins. */
export const append = (runs: TermRuns, entry: { readonly index: LogIndex; readonly term: Term }): TermRuns =>
  runs.length > 0 && runs[runs.length - 1]!.term === entry.term
    ? runs
    : [...runs, { from: entry.index, term: entry.term }]

/** The runs without index `from` and everything after it. */
export const truncate = (runs: TermRuns, from: LogIndex): TermRuns => {
  let kept = runs.length
  while (kept > 0 && runs[kept - 1]!.from >= from) kept--
  return kept === runs.length ? runs : runs.slice(0, kept)
}

/** The runs of what lies above `through`. */
export const compact = (runs: TermRuns, through: LogIndex): TermRuns => {
  let dropped = 0
  while (dropped + 1 < runs.length && runs[dropped + 1]!.from <= through + 1) dropped++
  return dropped === 0 ? runs : runs.slice(dropped)
}

/** The run that holds `index`, which must not lie before the first one. */
export const runAt = (runs: TermRuns, index: LogIndex): TermRun | undefined => runs[position(runs, index)]

/** Position of the last run that begins at or before `index`; -1 if none does. */
export const position = (runs: TermRuns, index: LogIndex): number => {
  let low = 0
  let high = runs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (runs[middle]!.from <= index) low = middle + 1
    else high = middle
  }
  return low - 1
}
