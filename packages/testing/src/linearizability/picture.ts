/**
 * Where the operations of an illegal history go in its picture: a lane for each
 * client, time to the right, a column for each instant at which something
 * happened.
 */
import type { Client, HistoryOperation } from "./history.ts"
import type { Illegal } from "./verdict.ts"

export interface Picture<Operation, Result> {
  readonly lanes: ReadonlyArray<Client>
  readonly columns: number
  readonly bars: ReadonlyArray<Bar<Operation, Result>>
  /** The prefix, as far as it is in the picture. */
  readonly steps: ReadonlyArray<Step>
  /** Operations that are not in the picture: the oldest, and all called later. */
  readonly omitted: number
}

export interface Bar<Operation, Result> {
  readonly operation: HistoryOperation<Operation, Result>
  readonly kind: "Placed" | "Offending" | "Unplaced" | "Failed"
  readonly lane: number
  /** Columns; fractions of one end the bar before the next instant. */
  readonly start: number
  readonly end: number
  /** Whether nobody knows when it ended. */
  readonly isOpen: boolean
}

/** An operation taking effect. */
export interface Step {
  /** Its number in the prefix, from 1. */
  readonly number: number
  readonly lane: number
  readonly column: number
}

/** How much of a column a bar fills at its end, so that bars of one client stay apart. */
const barEnd = 0.85

export const layOutPicture = <S, O, R>(verdict: Illegal<S, O, R>, operationsMax: number): Picture<O, R> => {
  const shown = latest(verdict, operationsMax)
  const lanes = [...new Set(shown.map(({ client }) => client))].toSorted(byName)
  const columnOf = columnsOf(shown)
  const offending = new Set(verdict.offending)
  const placed = new Set(verdict.prefix)

  const bars = shown.map((operation): Bar<O, R> => {
    const start = columnOf.get(operation.call)!
    const isOpen = operation.status === "unknown"
    const end = isOpen ? openEnd(operation, shown, columnOf) : columnOf.get(operation.return)! + barEnd
    const kind = offending.has(operation)
      ? "Offending"
      : placed.has(operation)
        ? "Placed"
        : operation.status === "fail"
          ? "Failed"
          : "Unplaced"
    return { operation, kind, lane: lanes.indexOf(operation.client), start, end, isOpen }
  })
  return {
    lanes,
    columns: columnOf.size + 1,
    bars,
    steps: stepsOf(verdict.prefix, bars),
    omitted: verdict.operations.length - shown.length
  }
}

/** The operations that came last before the offending ones returned, and these. */
const latest = <S, O, R>(
  { offending, operations }: Illegal<S, O, R>,
  operationsMax: number
): ReadonlyArray<HistoryOperation<O, R>> => {
  const end = offending.reduce((latest, each) => Math.max(latest, each.return ?? each.call), -Infinity)
  const isOffending = new Set(offending)
  const rank = (each: HistoryOperation<O, R>): number =>
    isOffending.has(each) ? Infinity : each.status === "unknown" ? each.call : each.return
  const chosen = operations
    .filter(({ call }) => call <= end)
    .toSorted((left, right) => (rank(left) === rank(right) ? 0 : rank(right) - rank(left)))
    .slice(0, operationsMax)
  return chosen.toSorted((left, right) => left.call - right.call)
}

const byName = (left: Client, right: Client): number =>
  String(left).localeCompare(String(right), "en", { numeric: true })

const columnsOf = (shown: ReadonlyArray<HistoryOperation<unknown, unknown>>): ReadonlyMap<number, number> => {
  const times = shown.flatMap((each) => (each.status === "unknown" ? [each.call] : [each.call, each.return]))
  const sorted = [...new Set(times)].toSorted((left, right) => left - right)
  return new Map(sorted.map((time, column) => [time, column]))
}

/** Until its client called again: there is no room for more in the lane. */
const openEnd = (
  operation: HistoryOperation<unknown, unknown>,
  shown: ReadonlyArray<HistoryOperation<unknown, unknown>>,
  columnOf: ReadonlyMap<number, number>
): number => {
  const next = shown
    .slice(shown.indexOf(operation) + 1)
    .find(({ call, client }) => client === operation.client && call > operation.call)
  return next === undefined ? columnOf.size : columnOf.get(next.call)! - 1 + barEnd
}

/** Each step stands as early as its call and the step before it let it. */
const stepsOf = <O, R>(
  prefix: ReadonlyArray<HistoryOperation<O, R>>,
  bars: ReadonlyArray<Bar<O, R>>
): ReadonlyArray<Step> => {
  const barOf = new Map(bars.map((bar) => [bar.operation, bar]))
  const inColumns: Array<Array<{ readonly number: number; readonly lane: number }>> = []
  let column = 0
  for (const [position, operation] of prefix.entries()) {
    const bar = barOf.get(operation)
    if (bar === undefined) continue
    column = Math.max(column, bar.start)
    inColumns[column] ??= []
    inColumns[column]!.push({ number: position + 1, lane: bar.lane })
  }
  return inColumns.flatMap((steps, start) =>
    steps.map((step, order) => ({ ...step, column: start + (barEnd * (order + 1)) / (steps.length + 1) }))
  )
}
