/**
 * Between the application's commands and the log's bytes, and from committed
 * entries to the state machine.
 */
import type { Entry, LogIndex } from "@effect-raft/core"
import { Effect, Schema } from "effect"
import { InvalidCommand } from "../errors.ts"
import type { CommittedCommand, StateMachine } from "../StateMachine.ts"
import type { PendingProposals } from "./PendingProposals.ts"

export interface Commands<Command> {
  readonly encode: (command: Command) => Effect.Effect<Uint8Array, InvalidCommand>
  /**
   * Throws on bytes that the schema refuses, which stops the server: a log that
   * this state machine cannot apply must not be passed over.
   */
  readonly decode: (payload: Uint8Array) => Command
}

export const make = <Command, Result>(
  server: string,
  machine: StateMachine<Command, Result>
): Commands<Command> => {
  const encode = Schema.encodeResult(machine.command)
  return {
    encode: (command) =>
      Effect.mapError(
        Effect.suspend(() => Effect.fromResult(encode(command))),
        (error) => new InvalidCommand({ server, reason: error.message })
      ),
    decode: Schema.decodeSync(machine.command)
  }
}

/** Applies entries in order, ends whoever waits for one of them, and gives the last index. */
export const applier =
  <Command, Result>(
    commands: Commands<Command>,
    machine: StateMachine<Command, Result>,
    pending: PendingProposals
  ): ((entries: ReadonlyArray<Entry>) => Effect.Effect<LogIndex>) =>
  (entries) =>
    Effect.suspend(() => {
      const committed: Array<CommittedCommand<Command>> = []
      for (const { index, kind, payload, term, time } of entries) {
        if (kind === "Command") committed.push({ index, term, time, command: commands.decode(payload) })
      }
      return Effect.map(machine.apply(committed), (results) => {
        committed.forEach(({ index, term }, position) => {
          if (pending.awaits(index)) pending.applied(index, term, results[position])
        })
        return entries[entries.length - 1]!.index
      })
    })
