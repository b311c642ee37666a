/**
 * What a schedule does to clocks: how far they may drift apart, which leases may
 * then count on, and whether they only drift.
 */
import type { ReadConsistency, ServerOptions } from "@effect-raft/core"
import type { Occurrence } from "./plan.ts"

/** No two clocks agree for ever. */
const driftMin = 0.01

/** The slowest and the fastest rate that a clock may run at. */
const ratesOf = (schedule: ReadonlyArray<Occurrence>): readonly [slowest: number, fastest: number] => {
  const rates = schedule.filter(({ fault }) => fault === "clockRate").map(({ amount }) => amount / 1000)
  return [Math.min(1, ...rates), Math.max(1, ...rates)]
}

/** A clock that jumps is beyond any bound: no lease can be right about it, and no date of the time before. */
export const clocksJump = (schedule: ReadonlyArray<Occurrence>): boolean =>
  schedule.some(({ fault }) => fault === "clockJump")

/** By how much faster one clock of the run may be than another. */
export const driftOf = (schedule: ReadonlyArray<Occurrence>): number => {
  const [slowest, fastest] = ratesOf(schedule)
  return Math.max(driftMin, fastest / slowest - 1)
}

/** How long it can take (virtual ms) until a clock of the run has counted so many milliseconds. */
export const longestFor = (schedule: ReadonlyArray<Occurrence>, millis: number): number =>
  millis / ratesOf(schedule)[0]

/** Where clocks keep within a declared bound, every other batch of reads may be answered by a lease. */
export const byLease = (
  { clockDriftBound }: ServerOptions,
  ids: ReadonlyArray<number>
): { readonly consistency?: ReadConsistency } =>
  clockDriftBound === undefined || ids[0]! % 2 === 0 ? {} : { consistency: { _tag: "Lease" } }
