import {
  bootstrapSnapshot,
  Configuration,
  type Entry,
  logIndex,
  serverId,
  term,
  type Write,
  writeId
} from "@effect-raft/core"
import { assert, describe, it } from "vitest"
import { emptyMachine } from "../../src/simulation/KvMachine.ts"
import { VirtualDisk } from "../../src/simulation/VirtualDisk.ts"

const entry = (index: number, inTerm: number): Entry => ({
  index: logIndex(index),
  term: term(inTerm),
  kind: "Command",
  time: 0,
  payload: new Uint8Array(4)
})

const write = (id: number, entries: ReadonlyArray<Entry>, truncateFrom?: number): Write => ({
  _tag: "Write",
  id: writeId(id),
  hardState: { currentTerm: term(entries.at(-1)?.term ?? 0), votedFor: undefined },
  truncateFrom: truncateFrom === undefined ? undefined : logIndex(truncateFrom),
  entries
})

const newDisk = () =>
  new VirtualDisk({
    metadata: bootstrapSnapshot(Configuration.ofVoters([serverId("s1")])),
    machine: emptyMachine
  })

const termsOf = (disk: VirtualDisk) => disk.load(100).tail.map((stored) => stored.term as number)

describe("VirtualDisk", () => {
  it("a crash loses what was not durable, and keeps a prefix of it if told so", () => {
    for (const kept of [0, 1, 2]) {
      const disk = newDisk()
      disk.submit(write(1, [entry(1, 1), entry(2, 1)]))
      disk.complete(1)
      disk.submit(write(2, [entry(2, 2)], 2))
      disk.submit(write(3, [entry(3, 3)]))
      assert.strictEqual(disk.lastIndex(disk.issued), 3)
      assert.strictEqual(disk.lastIndex(disk.durable), 2)
      disk.crash(kept)
      assert.deepStrictEqual(
        termsOf(disk),
        [
          [1, 1],
          [1, 2],
          [1, 2, 3]
        ][kept]
      )
      assert.strictEqual(disk.load(100).hardState.currentTerm, term(kept + 1))
      assert.strictEqual(disk.inFlight.count, 0)
      assert.strictEqual(disk.lastIndex(disk.issued), disk.lastIndex(disk.durable))
    }
  })

  it("gives back a tail, and the terms of everything", () => {
    const disk = newDisk()
    disk.submit(write(1, [entry(1, 1), entry(2, 1), entry(3, 4)]))
    disk.complete(1)
    const loaded = disk.load(1)
    assert.deepStrictEqual(
      loaded.tail.map(({ index }) => index as number),
      [3]
    )
    assert.deepEqual(loaded.termRuns, [
      { from: logIndex(1), term: term(1) },
      { from: logIndex(3), term: term(4) }
    ])
  })

  it("a snapshot takes the place of the beginning, and reads end where the log does", () => {
    const disk = newDisk()
    disk.submit(write(1, [entry(1, 1), entry(2, 1), entry(3, 2)]))
    disk.complete(1)
    disk.compact({
      metadata: { ...disk.snapshot.metadata, lastIncludedIndex: logIndex(2), lastIncludedTerm: term(1) },
      machine: emptyMachine
    })
    assert.deepStrictEqual(termsOf(disk), [2])
    assert.strictEqual(disk.termAt(disk.durable, 2) as number, 1)
    assert.isUndefined(disk.termAt(disk.durable, 1))
    const order = { _tag: "ReadLog" as const, after: writeId(0), id: 1, bytesMax: 1_000 }
    assert.lengthOf(disk.read({ ...order, from: logIndex(3), through: logIndex(9) }), 1)
    assert.lengthOf(disk.read({ ...order, from: logIndex(1), through: logIndex(3) }), 0)
  })

  it("refuses a write that leaves a gap, or reaches into the snapshot", () => {
    const disk = newDisk()
    assert.throws(() => disk.submit(write(1, [entry(2, 1)])), /LogShape/)
    assert.throws(() => disk.submit(write(1, [], 0)), /LogShape/)
  })
})
