import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as OrderedMap from "../../src/sessions/orderedMap.ts"

const wordRange = 0x1_0000_0000

/** This key and 5 have the same rank. */
const rankedAs5 = wordRange + 0x9e3779b4

/** Few keys, so that they meet again, and some that differ only above 32 bits. */
const Key = Schema.Literals([
  0,
  1,
  2,
  3,
  5,
  8,
  13,
  21,
  34,
  wordRange,
  rankedAs5,
  wordRange + 1,
  Number.MAX_SAFE_INTEGER
])
const Operation = Schema.Struct({ isSet: Schema.Boolean, key: Key, value: Schema.Int })
const Operations = Schema.Array(Operation).check(Schema.isMaxLength(60))
type Operations = typeof Operations.Type

const runs = { arbitrary: { runs: 1_000, size: 60 } }

const carriedOut = (operations: Operations): OrderedMap.OrderedMap<number> =>
  operations.reduce<OrderedMap.OrderedMap<number>>(
    (map, { isSet, key, value }) => (isSet ? OrderedMap.set(map, key, value) : OrderedMap.remove(map, key)),
    OrderedMap.empty
  )

const naive = (operations: Operations): ReadonlyArray<readonly [key: number, value: number]> => {
  const map = new Map<number, number>()
  for (const { isSet, key, value } of operations) {
    if (isSet) map.set(key, value)
    else map.delete(key)
  }
  return [...map].toSorted(([one], [other]) => one - other)
}

const depthOf = (branch: OrderedMap.OrderedMap<number>["root"]): number =>
  branch === undefined ? 0 : 1 + Math.max(depthOf(branch.left), depthOf(branch.right))

describe("an ordered map", () => {
  it.prop(
    "holds what a map would, in the order of its keys",
    { operations: Operations },
    ({ operations }) => {
      const map = carriedOut(operations)
      const entries = naive(operations)
      assert.strictEqual(map.size, entries.length)
      assert.deepStrictEqual(
        OrderedMap.values(map),
        entries.map(([, value]) => value)
      )
      assert.strictEqual(OrderedMap.first(map)?.key, entries[0]?.[0])
      for (const { key } of operations) {
        assert.strictEqual(OrderedMap.get(map, key), entries.find(([other]) => other === key)?.[1])
      }
    },
    runs
  )

  it.prop(
    "is the same structure however it came about",
    { operations: Operations },
    ({ operations }) => {
      const built = naive(operations).reduce<OrderedMap.OrderedMap<number>>(
        (map, [key, value]) => OrderedMap.set(map, key, value),
        OrderedMap.empty
      )
      assert.deepStrictEqual(carriedOut(operations), built)
    },
    runs
  )

  it.prop(
    "does not change when a later version does",
    { before: Operations, after: Operations },
    ({ before, after }) => {
      const map = carriedOut(before)
      const entries = naive(before)
      for (const { isSet, key, value } of after) {
        if (isSet) OrderedMap.set(map, key, value)
        else OrderedMap.remove(map, key)
      }
      assert.deepStrictEqual(
        OrderedMap.values(map),
        entries.map(([, value]) => value)
      )
    },
    runs
  )

  it("stays about as deep as a balanced tree, whichever way its keys come", () => {
    const count = 10_000
    for (const step of [1, -1, 7919]) {
      let map: OrderedMap.OrderedMap<number> = OrderedMap.empty
      for (let number = 0; number < count; number++) {
        const key = (((number * step) % count) + count) % count
        map = OrderedMap.set(map, key, number)
      }
      assert.strictEqual(map.size, count)
      assert.isBelow(depthOf(map.root), 3 * Math.log2(count))
    }
  })
})
