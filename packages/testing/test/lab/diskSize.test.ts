import {
  Configuration,
  encodeEntry,
  type Entry,
  logIndex,
  serverId,
  term,
  type Write,
  writeId
} from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { diskSize } from "../../src/lab/diskSize.ts"
import { memoryStorage } from "../../src/index.ts"
import { virtually } from "../virtual.ts"

const entry = (index: number, bytes: number): Entry => ({
  index: logIndex(index),
  term: term(1),
  kind: "Command",
  time: 0,
  payload: new Uint8Array(bytes)
})

const write = (entries: ReadonlyArray<Entry>): Write => ({
  _tag: "Write",
  id: writeId(1),
  hardState: undefined,
  truncateFrom: undefined,
  chunk: undefined,
  entries
})

describe("the size of a disk", () => {
  it(
    "is next to nothing before anything was written",
    virtually(() =>
      Effect.gen(function* () {
        const disk = yield* memoryStorage.make("s0")
        assert.deepStrictEqual(yield* diskSize(disk), { raftState: 9, snapshot: 0 })
      })
    )
  )

  it(
    "is that of all entries on it, the covered ones too, and apart from them the snapshot's",
    virtually(() =>
      Effect.gen(function* () {
        const disk = yield* memoryStorage.make("s0")
        const persister = yield* disk.open
        const entries = [entry(1, 100), entry(2, 0), entry(3, 5)]
        const bytes = entries.map((each) => encodeEntry(each).length)
        yield* persister.submit([write(entries)])
        assert.deepStrictEqual(yield* diskSize(disk), {
          raftState: 9 + bytes[0]! + bytes[1]! + bytes[2]!,
          snapshot: 0
        })

        const heading = {
          lastIncludedIndex: logIndex(2),
          lastIncludedTerm: term(1),
          time: 0,
          configuration: Configuration.ofVoters([serverId("s0")]),
          configurationIndex: logIndex(0)
        }
        yield* persister.saveSnapshot(heading, Stream.make(new Uint8Array(40), new Uint8Array(2)))
        assert.strictEqual((yield* diskSize(disk)).raftState, 9 + bytes[0]! + bytes[1]! + bytes[2]!)
        yield* persister.compact(logIndex(2))
        assert.deepStrictEqual(yield* diskSize(disk), { raftState: 9 + bytes[2]!, snapshot: 42 })
      }).pipe(Effect.scoped)
    )
  )
})
