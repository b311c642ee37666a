/**
 * What the suite's clients ask to be replicated, and the state machine that
 * takes it by default.
 */
import { type LogIndex, logIndex } from "@effect-raft/core"
import { Effect, Schema, SchemaGetter } from "effect"
import type { StateMachine } from "effect-raft"

/** Integers, and the 5000-character texts of one test. */
export type LabCommand = number | string

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const integerBytes = 9

/** A zero byte, with which no text of the suite begins, and the number; or the text as it is. */
const encode = (command: LabCommand): Uint8Array => {
  if (typeof command === "string") return encoder.encode(command)
  const payload = new Uint8Array(integerBytes)
  new DataView(payload.buffer).setFloat64(1, command)
  return payload
}

const decode = (payload: Uint8Array): LabCommand =>
  payload.length === integerBytes && payload[0] === 0
    ? new DataView(payload.buffer, payload.byteOffset).getFloat64(1)
    : decoder.decode(payload)

export const LabCommandSchema: Schema.Codec<LabCommand, Uint8Array> = Schema.Uint8Array.pipe(
  Schema.decodeTo(Schema.Union([Schema.Number, Schema.String]), {
    decode: SchemaGetter.transform(decode),
    encode: SchemaGetter.transform(encode)
  })
)

/** Holds nothing: what the suite looks at is the stream of applied entries. */
export const labStateMachine: StateMachine.StateMachine<LabCommand, unknown> = {
  command: LabCommandSchema,
  result: Schema.Unknown,
  appliedIndex: Effect.succeed<LogIndex>(logIndex(0)),
  apply: (commands) => Effect.succeed(commands.map(() => undefined))
}
