/**
 * The replicated map: a pure function of the commands committed so far.
 */
import { HashMap, Option, Schema } from "effect"
import { StateMachine } from "effect-raft"
import { KvCommand, KvResult } from "./command.ts"

/**
 * A persistent map: a write shares all but a few nodes with the state before
 * it. A plain `Map` would be faster to write, but a snapshot of it is a copy
 * taken while the server waits; of this one it is the value itself.
 */
export const KvState = Schema.HashMap(Schema.String, Schema.String)
export type KvState = typeof KvState.Type

export const initial: KvState = HashMap.empty()

/** The state after `command`, and the answer to it. */
export const apply = (state: KvState, command: KvCommand): readonly [state: KvState, result: KvResult] => {
  switch (command._tag) {
    case "Put":
      return [HashMap.set(state, command.key, command.value), stored]
    case "Append": {
      const before = Option.getOrElse(HashMap.get(state, command.key), () => "")
      return [HashMap.set(state, command.key, before + command.value), stored]
    }
    case "Get": {
      const value = HashMap.get(state, command.key)
      return [state, Option.isSome(value) ? { _tag: "Found", value: value.value } : notFound]
    }
    case "Delete":
      return HashMap.has(state, command.key)
        ? [HashMap.remove(state, command.key), { _tag: "Deleted" }]
        : [state, notFound]
  }
}

const stored: KvResult = { _tag: "Stored" }
const notFound: KvResult = { _tag: "NotFound" }

/**
 * An empty map for one life of one server; snapshot and log fill it again after a restart.
 *
 * **Example**
 *
 * ```ts
 * const stateMachine = yield* KvStateMachine.make
 * const server = yield* RaftServer.make({ id: "1", stateMachine, bootstrap: ["1", "2", "3"] })
 * yield* server.propose({ _tag: "Put", key: "x", value: "1" })
 * ```
 */
export const make = StateMachine.pure({
  command: StateMachine.json(KvCommand),
  result: KvResult,
  initial,
  state: StateMachine.json(KvState),
  apply: (state: KvState, { command }) => apply(state, command)
})
