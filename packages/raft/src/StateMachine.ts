/**
 * What is replicated: the application's part (§2, §8).
 */
import type { LogIndex, Term } from "@effect-raft/core"
import { Effect, Ref, Schema, SchemaGetter, SchemaIssue, Stream } from "effect"
import { joined } from "./pieces.ts"

/** A committed command with its place in the log. */
export interface CommittedCommand<Command> {
  readonly index: LogIndex
  readonly term: Term
  /** Log time (ms): never falls, equal on every server; the only clock a state machine may use. */
  readonly time: number
  readonly command: Command
}

/** A state as it was at one moment: it stays so while the machine goes on. */
export interface Captured {
  /** Its bytes. They are read beside further commands, once, and may be many. */
  readonly encode: Stream.Stream<Uint8Array>
}

/**
 * How a state becomes bytes and comes back (§7).
 *
 * **Contract**: `restore` of what `encode` gave leads to an equal state, on any
 * server. Both are called by the fiber that calls `apply`, never beside it.
 */
export interface SnapshotSupport {
  /** Catches the state, at no more cost than a reference or a fork: nothing is applied meanwhile. */
  readonly capture: Effect.Effect<Captured>
  /**
   * Replaces the state by that in these bytes, all of it or nothing. What they
   * fail with, it fails with. Bytes that are no state are a defect: they stop
   * the server, which must not apply anything on top.
   */
  readonly restore: <E>(bytes: Stream.Stream<Uint8Array, E>) => Effect.Effect<void, E>
}

/**
 * **Contract**: deterministic. Two machines that were given the same commands
 * hold equal states and gave equal results, whatever the clock, the machine or
 * the batch boundaries.
 */
export interface StateMachine<Command, Result> {
  /** How commands travel and are stored; `json` makes one of any schema. */
  readonly command: Schema.Codec<Command, Uint8Array>
  /** The schema of results, for whoever has to carry them further. */
  readonly result: Schema.Codec<Result, unknown>
  /** Through which index the state already holds the log: 0 for a state that lives in memory. Read once, at start. */
  readonly appliedIndex: Effect.Effect<LogIndex>
  /** Applies commands in log order and gives one result for each. Called by one fiber. */
  readonly apply: (commands: ReadonlyArray<CommittedCommand<Command>>) => Effect.Effect<ReadonlyArray<Result>>
  /** Without it the log is never compacted. All servers of a cluster have it, or none. */
  readonly snapshots?: SnapshotSupport
}

const noIndex = 0 as LogIndex

/** A codec that stores a schema's values as JSON text in UTF-8. JSON has no negative zero: it comes back as 0. */
export const json = <S extends Schema.Codec<unknown, unknown>>(
  schema: S
): Schema.Codec<S["Type"], Uint8Array> => {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder("utf-8", { fatal: true })
  return Schema.Uint8Array.pipe(
    Schema.decodeTo(Schema.toCodecJson(schema), {
      decode: getter("JSON text in UTF-8", (bytes: Uint8Array) => parse(decoder.decode(bytes))),
      encode: getter("a value that JSON can hold", (value: Schema.Json) => encoder.encode(stringify(value)))
    })
  )
}

const parse = (text: string): Schema.Json => JSON.parse(text) as Schema.Json

/** `JSON.stringify` gives nothing for what it cannot write, and nothing could not be read again. */
const stringify = (value: Schema.Json): string => {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw new TypeError("JSON has no text for this value")
  return text
}

/** One conversion in one step: it is on the path of every command. What it throws is refused, not a defect. */
const getter = <From, To>(expected: string, convert: (from: From) => To): SchemaGetter.Getter<To, From> =>
  SchemaGetter.transformEffect((from: From, options) => {
    try {
      return Effect.succeed(convert(from))
    } catch {
      return Effect.fail(new SchemaIssue.InvalidValue({ expected }, from, options))
    }
  })

/**
 * A state machine from a pure function: `apply(state, command)` gives the next
 * state and the result. With a schema for its `state` it takes snapshots.
 */
export const pure = Effect.fnUntraced(function* <State, Command, Result>(definition: {
  readonly command: Schema.Codec<Command, Uint8Array>
  readonly result: Schema.Codec<Result, unknown>
  readonly initial: State
  readonly state?: Schema.Codec<State, Uint8Array>
  readonly apply: (
    state: State,
    committed: CommittedCommand<Command>
  ) => readonly [state: State, result: Result]
}) {
  const current = yield* Ref.make(definition.initial)
  const machine: StateMachine<Command, Result> = {
    command: definition.command,
    result: definition.result,
    appliedIndex: Effect.succeed(noIndex),
    apply: (commands) =>
      Ref.modify(current, (before) => {
        let state = before
        const results = commands.map((committed) => {
          const [next, result] = definition.apply(state, committed)
          state = next
          return result
        })
        return [results, state]
      })
  }
  return definition.state === undefined
    ? machine
    : { ...machine, snapshots: valueSnapshots(current, definition.state) }
})

/** Snapshots of a state that is one immutable value. */
const valueSnapshots = <State>(
  current: Ref.Ref<State>,
  schema: Schema.Codec<State, Uint8Array>
): SnapshotSupport => {
  const encode = Schema.encodeEffect(schema)
  const decode = Schema.decodeEffect(schema)
  return {
    capture: Effect.map(Ref.get(current), (state) => ({
      encode: Stream.fromEffect(Effect.orDie(encode(state)))
    })),
    restore: (bytes) =>
      Stream.runCollect(bytes).pipe(
        Effect.flatMap((pieces) => Effect.orDie(decode(joined(pieces)))),
        Effect.flatMap((state) => Ref.set(current, state))
      )
  }
}
