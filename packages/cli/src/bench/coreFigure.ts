/**
 * What the core benchmark reports.
 */
import { Schema } from "effect"

/** What every line of the report has. */
const shape = {
  bench: Schema.Literal("core"),
  case: Schema.String,
  servers: Schema.Int,
  batch: Schema.Int,
  inflight: Schema.Int,
  codec: Schema.Boolean,
  /** Of one command, or of the snapshot. */
  payloadBytes: Schema.Int,
  heapMiB: Schema.Int
}

/** Rates are medians of many short windows: other work on the machine disturbs some of them. */
export const EntriesFigure = Schema.Struct({
  ...shape,
  entriesPerCpuSecond: Schema.Int,
  messagesPerEntry: Schema.Number
})
export type EntriesFigure = typeof EntriesFigure.Type

export const ReadsFigure = Schema.Struct({
  ...shape,
  readsPerCpuSecond: Schema.Int,
  messagesPerRead: Schema.Number
})
export type ReadsFigure = typeof ReadsFigure.Type

export const CatchUpFigure = Schema.Struct({
  ...shape,
  mebibytesPerCpuSecond: Schema.Int,
  messagesPerMebibyte: Schema.Number
})
export type CatchUpFigure = typeof CatchUpFigure.Type

/** One line of the report. */
export const CoreFigure = Schema.Union([EntriesFigure, ReadsFigure, CatchUpFigure])
export type CoreFigure = typeof CoreFigure.Type
