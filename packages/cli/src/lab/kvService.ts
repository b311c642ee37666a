/**
 * This repository's key/value map, as part kv takes it.
 */
import { type KvCommand, type KvResult, KvStateMachine } from "@effect-raft/kv"
import type { KvOperation, KvService } from "@effect-raft/testing"

const command = (operation: KvOperation): KvCommand => {
  switch (operation.op) {
    case "get":
      return { _tag: "Get", key: operation.key }
    case "put":
      return { _tag: "Put", key: operation.key, value: operation.value }
    case "append":
      return { _tag: "Append", key: operation.key, value: operation.value }
  }
}

export const kvService: KvService<KvCommand, KvResult> = {
  stateMachine: KvStateMachine.make,
  command,
  valueOf: (result) => (result._tag === "Found" ? result.value : "")
}
