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
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { MemoryDisk, Persister } from "../src/index.ts"
import { entry } from "./support/peers.ts"

const write = (id: number, rest: Partial<Write>): Write => ({
  _tag: "Write",
  id: writeId(id),
  hardState: undefined,
  truncateFrom: undefined,
  chunk: undefined,
  entries: [],
  ...rest
})

const entries = (from: number, through: number, of = 1): ReadonlyArray<Entry> =>
  Array.from({ length: through - from + 1 }, (_, position) =>
    entry(from + position, of, `${from + position}`)
  )

const voted = { currentTerm: term(3), votedFor: serverId("s1") }

const snapshot = bootstrapSnapshot(Configuration.ofVoters([serverId("s0"), serverId("s1")]))

describe("a disk in memory", () => {
  it.effect("begins empty, under its name", () =>
    Effect.gen(function* () {
      const loaded = yield* MemoryDisk.persister(MemoryDisk.make({ storageId: "disk-7" })).load
      assert.deepStrictEqual(loaded, {
        storageId: "disk-7",
        hardState: { currentTerm: term(0), votedFor: undefined },
        snapshot: undefined,
        lastIndex: logIndex(0),
        termRuns: [],
        configurations: [],
        tail: []
      })
    })
  )

  it.effect("holds term, vote, first configuration and entries for the next life", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const persister = MemoryDisk.persister(disk)
      yield* persister.bootstrap(snapshot)
      yield* persister.submit([
        write(1, { hardState: voted }),
        write(2, { entries: entries(1, 2) }),
        write(3, { entries: entries(3, 4, 3) })
      ])
      const loaded = yield* MemoryDisk.persister(disk).load
      assert.deepStrictEqual(loaded.hardState, voted)
      assert.deepStrictEqual(loaded.snapshot, snapshot)
      assert.deepStrictEqual(loaded.tail, [...entries(1, 2), ...entries(3, 4, 3)])
      assert.deepStrictEqual(loaded.termRuns, [
        { from: logIndex(1), term: term(1) },
        { from: logIndex(3), term: term(3) }
      ])
    })
  )

  it.effect("takes writes in order: what a later one truncates is gone, what it appends stands there", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const persister = MemoryDisk.persister(disk)
      yield* persister.submit([
        write(1, { entries: entries(1, 5) }),
        write(2, { truncateFrom: logIndex(3), entries: entries(3, 3, 2) })
      ])
      assert.deepStrictEqual((yield* persister.load).tail, [...entries(1, 2), ...entries(3, 3, 2)])
      yield* persister.submit([write(3, { truncateFrom: logIndex(1), entries: entries(1, 1, 4) })])
      const loaded = yield* persister.load
      assert.deepStrictEqual(loaded.tail, entries(1, 1, 4))
      assert.strictEqual(loaded.lastIndex, 1)
    })
  )

  it.effect("brings only its newest entries into memory, and reads the others back", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make({ tailEntriesMax: 16 })
      const persister = MemoryDisk.persister(disk)
      yield* persister.submit([write(1, { entries: entries(1, 40) })])
      const loaded = yield* persister.load
      assert.deepStrictEqual(loaded.tail, entries(25, 40))
      assert.strictEqual(loaded.lastIndex, 40)
      const all = { from: logIndex(1), through: logIndex(40), bytesMax: Infinity }
      assert.deepStrictEqual(yield* persister.readEntries(all), entries(1, 40))
      assert.deepStrictEqual(
        yield* persister.readEntries({ ...all, from: logIndex(7), through: logIndex(9) }),
        entries(7, 9)
      )
      assert.deepStrictEqual(yield* persister.readEntries({ ...all, bytesMax: 1 }), entries(1, 1))
      assert.deepStrictEqual(yield* persister.readEntries({ ...all, bytesMax: 3 * 36 }), entries(1, 3))
    })
  )

  it.effect("always brings at least one entry of a log that has any", () =>
    Effect.gen(function* () {
      const persister = MemoryDisk.persister(MemoryDisk.make({ tailEntriesMax: 0 }))
      yield* persister.submit([write(1, { entries: entries(1, 3) })])
      assert.deepStrictEqual((yield* persister.load).tail, entries(3, 3))
    })
  )

  it.effect("a copy is another disk: neither shows what the other is told later", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make({ storageId: "one", tailEntriesMax: 2 })
      yield* MemoryDisk.persister(disk).submit([write(1, { hardState: voted, entries: entries(1, 3) })])
      const copy = MemoryDisk.copy(disk)
      const before = yield* MemoryDisk.persister(copy).load
      assert.deepStrictEqual(before, yield* MemoryDisk.persister(disk).load)

      yield* MemoryDisk.persister(disk).submit([write(2, { entries: entries(4, 4) })])
      yield* MemoryDisk.persister(copy).submit([
        write(2, { truncateFrom: logIndex(2), entries: entries(2, 2, 9) })
      ])
      assert.deepStrictEqual((yield* MemoryDisk.persister(disk).load).tail, entries(3, 4))
      assert.deepStrictEqual((yield* MemoryDisk.persister(copy).load).tail, [
        entry(1, 1, "1"),
        entry(2, 9, "2")
      ])
    })
  )

  it.effect("knows its size, which grows with what is written and shrinks with what is cut off", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const persister = MemoryDisk.persister(disk)
      const empty = MemoryDisk.bytes(disk)
      yield* persister.submit([write(1, { entries: entries(1, 9) })])
      const full = MemoryDisk.bytes(disk)
      assert.isAtLeast(full - empty, 9 * 3)
      yield* persister.submit([write(2, { truncateFrom: logIndex(1), entries: entries(1, 1, 2) })])
      assert.strictEqual(MemoryDisk.bytes(disk) - empty, (full - empty) / 9)
    })
  )

  it.effect("its layer is the persister on it", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      const submit = Effect.flatMap(Persister.Persister, ({ submit }) =>
        submit([write(1, { entries: entries(1, 1) })])
      )
      yield* Effect.provide(submit, MemoryDisk.layer(disk))
      assert.strictEqual(disk.contents.log.lastIndex, 1)
    })
  )
})

const bytes = (...values: ReadonlyArray<number>) => Uint8Array.from(values)

const heading = (index: number) => ({
  lastIncludedIndex: logIndex(index),
  lastIncludedTerm: term(1),
  time: 0,
  configuration: snapshot.configuration,
  configurationIndex: snapshot.configurationIndex
})

/** A write with bytes of another server's snapshot of six bytes through index 9. */
const chunk = (id: number, offset: number, ...values: ReadonlyArray<number>): Write =>
  write(id, {
    chunk: {
      snapshot: { ...heading(9), size: 6 },
      offset,
      bytes: Uint8Array.from(values),
      isLast: offset + values.length === 6
    }
  })

const whole = (lastIncludedIndex: number) => ({
  lastIncludedIndex: logIndex(lastIncludedIndex),
  offset: 0,
  length: 99
})

describe("§7 snapshots on a disk in memory", () => {
  const filled = Effect.fnUntraced(function* () {
    const disk = MemoryDisk.make()
    const persister = MemoryDisk.persister(disk)
    yield* persister.bootstrap(snapshot)
    yield* persister.submit([write(1, { entries: entries(1, 6) })])
    return { disk, persister }
  })

  it.effect("of its own server are there with their size, beside the log, which is forgotten on demand", () =>
    Effect.gen(function* () {
      const { persister } = yield* filled()
      const saved = yield* persister.saveSnapshot(heading(4), Stream.make(bytes(1, 2), bytes(3)))
      assert.deepStrictEqual(saved, { ...heading(4), size: 3 })
      assert.deepStrictEqual(yield* persister.readSnapshot(whole(4)), bytes(1, 2, 3))
      assert.deepStrictEqual(yield* persister.readSnapshot({ ...whole(4), offset: 1, length: 1 }), bytes(2))
      const before = yield* persister.load
      assert.deepStrictEqual([before.snapshot, before.tail], [saved, entries(1, 6)])

      yield* persister.compact(logIndex(2))
      const after = yield* persister.load
      assert.deepStrictEqual(after.tail, entries(3, 6))
      assert.deepStrictEqual(after.termRuns, [{ from: logIndex(3), term: term(1) }])
      yield* persister.compact(logIndex(6))
      assert.deepStrictEqual((yield* persister.load).termRuns, [])
    })
  )

  it.effect("never go back: one that comes to its end after a newer one is dropped", () =>
    Effect.gen(function* () {
      const { persister } = yield* filled()
      yield* persister.saveSnapshot(heading(5), Stream.make(bytes(5)))
      yield* persister.saveSnapshot(heading(4), Stream.make(bytes(4)))
      assert.strictEqual((yield* persister.load).snapshot?.lastIncludedIndex, 5)
      assert.isUndefined(yield* persister.readSnapshot(whole(4)))
      assert.deepStrictEqual(yield* persister.readSnapshot(whole(5)), bytes(5))
    })
  )

  it.effect("of another server are nothing until the last chunk, and then all there is", () =>
    Effect.gen(function* () {
      const { persister } = yield* filled()
      yield* persister.submit([chunk(2, 0, 1, 2), chunk(3, 2, 3, 4)])
      const before = yield* persister.load
      assert.deepStrictEqual([before.snapshot, before.lastIndex], [snapshot, logIndex(6)])
      yield* persister.submit([chunk(4, 4, 5, 6)])
      const after = yield* persister.load
      assert.deepStrictEqual(
        [after.snapshot?.lastIncludedIndex, after.lastIndex, after.tail, after.termRuns],
        [logIndex(9), logIndex(9), [], []]
      )
      assert.deepStrictEqual(yield* persister.readSnapshot(whole(9)), bytes(1, 2, 3, 4, 5, 6))
      yield* persister.submit([write(5, { entries: entries(10, 11) })])
      assert.deepStrictEqual((yield* persister.load).tail, entries(10, 11))
    })
  )

  it.effect("begin anew with a chunk at offset 0, whatever came before", () =>
    Effect.gen(function* () {
      const { persister } = yield* filled()
      yield* persister.submit([chunk(2, 0, 9, 9, 9), chunk(3, 0, 1, 2), chunk(4, 2, 3, 4, 5, 6)])
      assert.deepStrictEqual(yield* persister.readSnapshot(whole(9)), bytes(1, 2, 3, 4, 5, 6))
    })
  )

  it.effect("keep nothing of the messages that brought them", () =>
    Effect.gen(function* () {
      const { persister } = yield* filled()
      const brought = chunk(2, 0, 1, 2, 3, 4, 5, 6)
      yield* persister.submit([brought])
      brought.chunk?.bytes.fill(0)
      assert.deepStrictEqual(yield* persister.readSnapshot(whole(9)), bytes(1, 2, 3, 4, 5, 6))
    })
  )
})
