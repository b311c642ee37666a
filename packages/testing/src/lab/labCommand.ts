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

/** A text as it is; an integer in decimal after a zero byte, with which no text of the suite begins. */
const encode = (command: LabCommand): Uint8Array =>
  encoder.encode(typeof command === "number" ? `\0${command}` : command)

const decode = (payload: Uint8Array): LabCommand => {
  const text = decoder.decode(payload)
  return text.startsWith("\0") ? Number(text.slice(1)) : text
}

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
