/**
 * Between the application's commands and the log's bytes, and from committed
 * entries to the state machine.
 */
import type { Entry, LogIndex } from "@effect-raft/core"
import { Effect, Result, Schema } from "effect"
import { InvalidCommand } from "../errors.ts"
import type { CommittedCommand, StateMachine } from "../StateMachine.ts"
import type { PendingProposals } from "./PendingProposals.ts"
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

/** Applies entries in order, ends whoever waits for one of them, and gives the last index. */
export const applier =
  <Command, Answer>(
    commands: Commands<Command>,
    machine: StateMachine<Command, Answer>,
    pending: PendingProposals
  ): ((entries: ReadonlyArray<Entry>) => Effect.Effect<LogIndex>) =>
  (entries) =>
    Effect.suspend(() => {
      const committed: Array<CommittedCommand<Command>> = []
      for (const { index, kind, payload, term, time } of entries) {
        if (kind === "Command") committed.push({ index, term, time, command: commands.decode(payload) })
      }
      return Effect.map(machine.apply(committed), (results) => {
        if (results.length !== committed.length) {
          throw new Error(
            `the state machine gave ${results.length} results for ${committed.length} commands (through index ${entries[entries.length - 1]!.index})`
          )
        }
        let position = 0
        // Entries without a command too: they may stand where somebody's command does not.
        for (const { index, kind, term } of entries) {
          const result = kind === "Command" ? results[position++] : undefined
          if (pending.awaits(index)) pending.applied(index, term, result)
        }
        return entries[entries.length - 1]!.index
      })
    })
