import { assert, describe, it } from "@effect/vitest"
import { add, type Bits, has, isSubset, none, remove } from "../../src/linearizability/bits.ts"
import { SeededRandom } from "../../src/index.ts"

const sizeMax = 100

const drawSet = (random: SeededRandom): ReadonlySet<number> =>
  new Set(Array.from({ length: random.below(8) }, () => random.below(sizeMax)))

const bitsOf = (members: Iterable<number>): Bits => [...members].reduce(add, none)

describe("bits", () => {
  it("hold the same members as sets of numbers do, and equal sets are equal words", () => {
    const random = new SeededRandom(1)
    for (let round = 0; round < 2_000; round++) {
      const [left, right] = [drawSet(random), drawSet(random)]
      const removed = [...right].reduce(remove, bitsOf(left))
      const union = bitsOf([...left, ...right])
      for (let member = 0; member < sizeMax; member++) {
        assert.strictEqual(has(removed, member), left.has(member) && !right.has(member))
        assert.strictEqual(has(union, member), left.has(member) || right.has(member))
      }
      assert.deepStrictEqual(removed, bitsOf([...left].filter((member) => !right.has(member))))
      assert.strictEqual(
        isSubset(bitsOf(left), bitsOf(right)),
        [...left].every((member) => right.has(member))
      )
      assert.isTrue(isSubset(removed, union))
    }
  })
})
