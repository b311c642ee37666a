import { assert, describe, it } from "@effect/vitest"
import { logIndex, term } from "../../src/ids.ts"
import * as Log from "../../src/log/log.ts"
import { emptyState } from "../../src/persistentState.ts"
import { bootstrapSnapshot } from "../../src/snapshot.ts"
import { entry } from "../support/scenes.ts"

const empty = Log.fromPersistent(emptyState)
const logOf = (...terms: ReadonlyArray<number>): Log.Log =>
  Log.append(
    empty,
    terms.map((value, position) => entry(position + 1, value))
  )
const all = { through: logIndex(99), bytesMax: Infinity }
const termsOf = (log: Log.Log): ReadonlyArray<number | undefined> =>
  Array.from({ length: log.lastIndex }, (_, position) => Log.termAt(log, logIndex(position + 1)))
const indexesIn = (found: ReturnType<typeof Log.entries>): ReadonlyArray<number> | string =>
  found === Log.NotInMemory ? found : found.map(({ index }) => index)

describe("log", () => {
  it("an empty log ends at index 0 of term 0, which every log shares", () => {
    assert.deepStrictEqual([empty.lastIndex, empty.lastTerm, Log.termAt(empty, logIndex(0))], [0, 0, 0])
    assert.isUndefined(Log.termAt(empty, logIndex(1)))
  })

  it("§5.3 append goes on after the last entry, and refuses gaps and falling terms", () => {
    const log = logOf(1, 1, 2)
    assert.deepStrictEqual(termsOf(log), [1, 1, 2])
    assert.throws(() => Log.append(log, [entry(5, 2)]), /without a gap/)
    assert.throws(() => Log.append(log, [entry(4, 1)]), /terms never fall/)
    assert.strictEqual(Log.append(log, []), log)
  })

  it("older versions stay as they were, also when two branches grow from one of them", () => {
    const base = logOf(1, 1)
    const left = Log.append(base, [entry(3, 2)])
    const right = Log.append(base, [entry(3, 3), entry(4, 3)])
    const shorter = Log.append(Log.truncate(right, logIndex(2)), [entry(2, 4)])
    assert.deepStrictEqual(termsOf(base), [1, 1])
    assert.deepStrictEqual(termsOf(left), [1, 1, 2])
    assert.deepStrictEqual(termsOf(right), [1, 1, 3, 3])
    assert.deepStrictEqual(termsOf(shorter), [1, 4])
    assert.strictEqual(left.memory.backing, base.memory.backing)
  })

  it("truncate removes an entry and everything after it, but never a snapshot", () => {
    assert.deepStrictEqual(termsOf(Log.truncate(logOf(1, 2, 2, 3), logIndex(3))), [1, 2])
    const whole = logOf(1, 2)
    assert.strictEqual(Log.truncate(whole, logIndex(3)), whole)
    const compacted = Log.compact(whole, logIndex(1))
    assert.throws(() => Log.truncate(compacted, logIndex(1)), /snapshot is never truncated/)
  })

  it("entries come within the bytes asked for, and at least one however large it is", () => {
    const log = Log.append(empty, [entry(1, 1, 100), entry(2, 1, 100), entry(3, 1, 100)])
    const within = (bytesMax: number) => Log.entries(log, { ...all, from: logIndex(1), bytesMax })
    assert.deepStrictEqual(indexesIn(within(1)), [1])
    assert.deepStrictEqual(indexesIn(within(264)), [1, 2])
    assert.deepStrictEqual(indexesIn(within(263)), [1])
    assert.deepStrictEqual(indexesIn(Log.entries(log, { ...all, from: logIndex(4) })), [])
    assert.deepStrictEqual(
      indexesIn(Log.entries(log, { ...all, from: logIndex(2), through: logIndex(2) })),
      [2]
    )
  })

  it("evicted entries are NotInMemory, while their terms are still known", () => {
    const log = Log.evict(logOf(1, 1, 2, 3), logIndex(2))
    assert.strictEqual(Log.entries(log, { ...all, from: logIndex(2) }), Log.NotInMemory)
    assert.deepStrictEqual(indexesIn(Log.entries(log, { ...all, from: logIndex(3) })), [3, 4])
    assert.deepStrictEqual(termsOf(log), [1, 1, 2, 3])
    assert.strictEqual(Log.firstInMemory(log), 3)
  })

  it("eviction leaves the last entry, which tells the log time", () => {
    assert.strictEqual(Log.firstInMemory(Log.evict(logOf(1, 1), logIndex(2))), 2)
  })

  it("§7 a compacted log knows the snapshot's term and nothing before it", () => {
    const log = Log.compact(logOf(1, 2, 2, 3), logIndex(3))
    assert.deepStrictEqual([log.lastIncludedIndex, log.lastIncludedTerm], [3, 2])
    assert.deepStrictEqual(termsOf(log), [undefined, undefined, 2, 3])
    assert.strictEqual(Log.entries(log, { ...all, from: logIndex(3) }), Log.NotInMemory)
    const nothingLeft = Log.compact(log, logIndex(4))
    assert.deepStrictEqual([nothingLeft.lastIndex, nothingLeft.lastTerm, nothingLeft.lastTime], [4, 3, 3])
    assert.deepStrictEqual(termsOf(Log.append(nothingLeft, [entry(5, 3)])).at(-1), 3)
    assert.throws(() => Log.compact(log, logIndex(5)), /does not pass its end/)
  })

  it("§5.3 finds the first index of a term, and the last whose term is not above one", () => {
    const log = logOf(1, 1, 4, 4, 4, 6)
    assert.strictEqual(Log.firstIndexOfTermAt(log, logIndex(5)), 3)
    const atMost = (index: number, value: number) =>
      Log.lastIndexWithTermAtMost(log, logIndex(index), term(value))
    assert.deepStrictEqual(
      [atMost(6, 5), atMost(6, 3), atMost(4, 4), atMost(6, 0), atMost(99, 9)],
      [5, 2, 4, 0, 6]
    )
  })

  it("storage gives back a log longer than its tail", () => {
    const snapshot = bootstrapSnapshot({ members: [] })
    const log = Log.fromPersistent({
      hardState: { currentTerm: term(2), votedFor: undefined },
      snapshot,
      lastIndex: logIndex(5),
      termRuns: [
        { from: logIndex(1), term: term(1) },
        { from: logIndex(4), term: term(2) }
      ],
      configurations: [],
      tail: [entry(5, 2)]
    })
    assert.deepStrictEqual(termsOf(log), [1, 1, 1, 2, 2])
    assert.strictEqual(Log.firstInMemory(log), 5)
    assert.strictEqual(Log.entries(log, { ...all, from: logIndex(1) }), Log.NotInMemory)
  })

  it("storage that contradicts itself is refused", () => {
    const broken = { ...emptyState, lastIndex: logIndex(2), tail: [entry(1, 1)] }
    assert.throws(() => Log.fromPersistent(broken), /stored tail ends/)
    assert.throws(() => Log.fromPersistent({ ...broken, tail: [entry(2, 1)] }), /term runs/)
  })
})
