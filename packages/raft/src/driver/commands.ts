/**
 * Between the application's commands and the log's bytes.
 */
import { Result, Schema } from "effect"
import { InvalidCommand } from "../errors.ts"
import type { StateMachine } from "../StateMachine.ts"
import type { Encoded } from "./propose.ts"

export interface Commands<Command> {
  readonly encode: (command: Command) => Encoded
  /**
   * Throws on bytes that the schema refuses, which stops the server: a log that
   * this state machine cannot apply must not be passed over.
   */
  readonly decode: (payload: Uint8Array) => Command
}

export const make = <Command, Answer>(
  server: string,
  machine: StateMachine<Command, Answer>
): Commands<Command> => {
  const encode = Schema.encodeResult(machine.command)
  return {
    encode: (command) =>
      Result.mapError(encode(command), (error) => new InvalidCommand({ server, reason: error.message })),
    decode: Schema.decodeSync(machine.command)
  }
}
