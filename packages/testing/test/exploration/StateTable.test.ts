import { assert, describe, it } from "@effect/vitest"
import { StateTable } from "../../src/exploration/StateTable.ts"
import { hashOf } from "../../src/exploration/textHash.ts"
import { SeededRandom } from "../../src/SeededRandom.ts"

describe("StateTable", () => {
  it("says of each key once that it is new, however far it grows", () => {
    const random = new SeededRandom(1)
    const table = new StateTable()
    const known = new Set<string>()
    const wrong: Array<string> = []
    for (let number = 0; number < 200_000; number++) {
      // Both halves come again, sometimes together.
      const high = number % 3 === 0 ? 0 : random.below(4) - 2
      const low = number % 5 === 0 ? number | 0 : random.bits() | 0
      const key = high === 0 && low === 0 ? "0 1" : `${high} ${low}`
      for (const isNew of [!known.has(key), false]) {
        if (table.add(high, low) !== isNew) wrong.push(key)
        known.add(key)
      }
    }
    assert.deepStrictEqual(wrong, [])
    assert.strictEqual(table.size, known.size)
    assert.isAbove(table.size, 100_000)
  })
})

describe("textHash", () => {
  it("tells a hundred thousand texts apart that differ little, in each half of the key almost as well", () => {
    const count = 100_000
    const hashes = Array.from({ length: count }, (_, number) => hashOf(`{term:${number},vote:A}`))
    assert.strictEqual(new Set(hashes.map(({ high, low }) => `${high} ${low}`)).size, count)
    // By chance one pair in 2^32 shares a half: about one of the five thousand million pairs here.
    assert.isAbove(new Set(hashes.map(({ high }) => high)).size, count - 10)
    assert.isAbove(new Set(hashes.map(({ low }) => low)).size, count - 10)
  })

  it("tells texts apart that differ in the order of their parts", () => {
    assert.notDeepEqual(hashOf("AB"), hashOf("BA"))
    assert.notDeepEqual(hashOf(""), hashOf("\0"))
  })
})
