import {
  bootstrapSnapshot,
  Configuration,
  encodeConfiguration,
  type Entry,
  logIndex,
  serverId,
  type SnapshotMetadata,
  term,
  type Write,
  writeId
} from "@effect-raft/core"
import { assert, describe, it } from "vitest"
import { type StoredLog, VirtualDisk } from "../../src/simulation/VirtualDisk.ts"

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
  entries,
  chunk: undefined
})

const metadata = (lastIncludedIndex: number, inTerm: number, size: number): SnapshotMetadata => ({
  ...bootstrapSnapshot(Configuration.ofVoters([serverId("s1")])),
  lastIncludedIndex: logIndex(lastIncludedIndex),
  lastIncludedTerm: term(inTerm),
  size
})

/** Of three bytes, at index 9. */
const chunk = (id: number, offset: number, bytes: ReadonlyArray<number>): Write => ({
  ...write(id, []),
  chunk: {
    snapshot: metadata(9, 2, 3),
    offset,
    bytes: Uint8Array.from(bytes),
    isLast: offset + bytes.length === 3
  }
})

const newDisk = () =>
  new VirtualDisk({
    metadata: bootstrapSnapshot(Configuration.ofVoters([serverId("s1")])),
    bytes: new Uint8Array(0)
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

  it("a saved snapshot covers the beginning, which may be forgotten then, and reads end where the log does", () => {
    const disk = newDisk()
    disk.submit(write(1, [entry(1, 1), entry(2, 1), entry(3, 2)]))
    disk.complete(1)
    assert.throws(() => disk.compact(2), /SnapshotSound/)
    disk.save({ metadata: metadata(2, 1, 3), bytes: Uint8Array.of(1, 2, 3) })
    assert.deepStrictEqual(termsOf(disk), [1, 1, 2])
    disk.compact(2)
    assert.deepStrictEqual(termsOf(disk), [2])
    assert.deepStrictEqual([...disk.readSnapshot(2, { offset: 1, length: 5 })!], [2, 3])
    assert.isUndefined(disk.readSnapshot(1, { offset: 0, length: 1 }))
    assert.strictEqual(disk.termAt(disk.durable, 2), 1)
    assert.isUndefined(disk.termAt(disk.durable, 1))
    const order = { _tag: "ReadLog" as const, after: writeId(0), id: 1, bytesMax: 1_000 }
    assert.lengthOf(disk.read({ ...order, from: logIndex(3), through: logIndex(9) }), 1)
    assert.lengthOf(disk.read({ ...order, from: logIndex(1), through: logIndex(3) }), 0)
  })

  it("chunks become a snapshot with the last one, in place of the whole log", () => {
    const disk = newDisk()
    disk.submit(write(1, [entry(1, 1), entry(2, 1)]))
    disk.submit(chunk(2, 0, [7, 8]))
    disk.submit(chunk(3, 2, [9]))
    disk.complete(2)
    assert.deepStrictEqual(termsOf(disk), [1, 1])
    assert.strictEqual(disk.lastIndex(disk.issued), 9)
    disk.complete(1)
    assert.deepStrictEqual(termsOf(disk), [])
    assert.strictEqual(disk.lastIndex(disk.durable), 9)
    assert.deepStrictEqual([...disk.snapshot.bytes], [7, 8, 9])
  })

  it("a crash loses the chunks of a snapshot that is not complete, and one that goes on with them is refused", () => {
    for (const kept of [0, 1, 2]) {
      const disk = newDisk()
      disk.submit(chunk(1, 0, [7, 8]))
      disk.submit(chunk(2, 2, [9]))
      disk.crash(kept)
      assert.strictEqual(disk.lastIncludedIndex, kept === 2 ? 9 : 0)
      assert.throws(() => disk.submit(chunk(1, 2, [9])), /SnapshotSound/)
    }
  })

  it("keeps the newest snapshot, whoever took it", () => {
    const disk = newDisk()
    disk.submit(write(1, [entry(1, 1), entry(2, 1)]))
    disk.complete(1)
    disk.submit(chunk(2, 0, [7, 8, 9]))
    disk.save({ metadata: metadata(2, 1, 1), bytes: Uint8Array.of(1) })
    assert.strictEqual(disk.lastIncludedIndex, 2)
    disk.complete(1)
    assert.strictEqual(disk.lastIncludedIndex, 9)
    disk.save({ metadata: metadata(3, 1, 1), bytes: Uint8Array.of(1) })
    assert.strictEqual(disk.lastIncludedIndex, 9)
  })

  it("knows the last configuration of a log, also when entries with others go", () => {
    const disk = newDisk()
    const named = (log: StoredLog) =>
      disk.configurationIn(log).configuration.members.map(({ id }) => String(id))
    const of = (index: number, ids: ReadonlyArray<string>): Entry => ({
      ...entry(index, 1),
      kind: "Configuration",
      payload: encodeConfiguration(Configuration.ofVoters(ids.map(serverId)))
    })
    disk.submit(write(1, [of(1, ["s1", "s2"]), of(2, ["s2"])]))
    assert.deepStrictEqual(named(disk.issued), ["s2"])
    assert.deepStrictEqual(named(disk.durable), ["s1"])
    disk.submit(write(2, [entry(2, 2)], 2))
    assert.deepStrictEqual(named(disk.issued), ["s1", "s2"])
    disk.crash(1)
    assert.deepStrictEqual(named(disk.issued), ["s2"])
  })

  it("refuses a write that leaves a gap, or reaches into the snapshot", () => {
    const disk = newDisk()
    assert.throws(() => disk.submit(write(1, [entry(2, 1)])), /LogShape/)
    assert.throws(() => disk.submit(write(1, [], 0)), /LogShape/)
  })
})
