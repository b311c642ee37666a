/**
 * A small key/value map for the tests of part kv.
 */
import { Effect, Schema, Stream } from "effect"
import { StateMachine } from "effect-raft"
import { type KvService, kvTests, type LabResult, type LabTest, mit, runLabTest } from "../../src/index.ts"

const Command = Schema.Struct({
  op: Schema.Literals(["get", "put", "append"]),
  key: Schema.String,
  value: Schema.optional(Schema.String)
})
type Command = typeof Command.Type

export type TestMap = KvService<Command, string>

export type State = Readonly<Record<string, string>>

/** A map that becomes `next(state, command)`, and answers what the key held before that. */
export const mapThat = (next: (state: State, command: Command) => State): TestMap => ({
  stateMachine: StateMachine.pure({
    command: StateMachine.json(Command),
    result: Schema.String,
    initial: {},
    state: StateMachine.json(Schema.Record(Schema.String, Schema.String)),
    apply: (state: State, { command }) => [next(state, command), state[command.key] ?? ""]
  }),
  command: (operation) => operation,
  valueOf: (result) => result
})

export const honestly = (state: State, { key, op, value = "" }: Command): State => {
  switch (op) {
    case "get":
      return state
    case "put":
      return { ...state, [key]: value }
    case "append":
      return { ...state, [key]: (state[key] ?? "") + value }
  }
}

export const honest = mapThat(honestly)

/** The test of part kv with this name. */
export const kvTestOn = (service: TestMap, name: string): LabTest => {
  const test = kvTests(service).find((candidate) => candidate.name === name)
  if (test === undefined) throw new Error(`part kv has no test ${name}`)
  return test
}

export const runKvTest = (test: LabTest, seed = 1): Promise<LabResult> =>
  Effect.runPromise(runLabTest(test, "virtual", { profile: mit, seed }))

/** A map that takes no snapshots. */
export const withoutSnapshots = (map: TestMap): TestMap => ({
  ...map,
  stateMachine: Effect.map(map.stateMachine, ({ snapshots: _none, ...machine }) => machine)
})

/** A map that goes on with what it holds whatever snapshot it is given. */
export const forgetful = (map: TestMap): TestMap => ({
  ...map,
  stateMachine: Effect.map(map.stateMachine, ({ snapshots, ...machine }) => ({
    ...machine,
    snapshots: { ...snapshots!, restore: (bytes) => Stream.runDrain(bytes) }
  }))
})
