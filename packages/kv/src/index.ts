/**
 * A replicated key/value map on effect-raft.
 */
export { KvCommand, KvResult } from "./command.ts"
export * as KvStateMachine from "./stateMachine.ts"
