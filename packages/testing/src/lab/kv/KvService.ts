/**
 * The replicated key/value map that part kv runs: the suite knows it by this
 * alone, and takes any that has it.
 */
import type { Effect } from "effect"
import type { StateMachine } from "effect-raft"
import type { KeyValueOperation } from "../../linearizability/keyValueModel.ts"

/** What a clerk asks for, in the words of the model that its history is checked against. */
export type KvOperation = Extract<KeyValueOperation, { readonly op: "get" | "put" | "append" }>

export interface KvService<Command, Result> {
  /** A new map for each life of each server. */
  readonly stateMachine: Effect.Effect<StateMachine.StateMachine<Command, Result>>
  readonly command: (operation: KvOperation) => Command
  /** What a get found; the empty text where the key is absent. */
  readonly valueOf: (result: Result) => string
}
