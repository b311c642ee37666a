/**
 * What the core benchmark measures, and what it reports.
 */
import { Schema } from "effect"

/** What one process measures. */
export const CoreCase = Schema.Struct({
  name: Schema.String,
  /** Commands in one event. */
  batch: Schema.Int,
  /** Commands on the way at once. */
  inflight: Schema.Int,
  /** Events that one turn of the leader takes. */
  eventsPerTurn: Schema.Int,
  codec: Schema.Boolean,
  seconds: Schema.Number
})
export type CoreCase = typeof CoreCase.Type

/** One line of the report. */
export const CoreFigure = Schema.Struct({
  bench: Schema.Literal("core"),
  case: Schema.String,
  servers: Schema.Int,
  batch: Schema.Int,
  inflight: Schema.Int,
  codec: Schema.Boolean,
  payloadBytes: Schema.Int,
  /** The median of many short windows: other work on the machine disturbs some of them. */
  entriesPerCpuSecond: Schema.Int,
  messagesPerEntry: Schema.Number,
  heapMiB: Schema.Int
})
export type CoreFigure = typeof CoreFigure.Type
