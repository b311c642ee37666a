import { assert, describe, it } from "@effect/vitest"
import { SeededRandom } from "../src/index.ts"

const draws = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.bits())

describe("SeededRandom", () => {
  it("equal seeds draw equally, other seeds and streams do not", () => {
    const first = draws(new SeededRandom(1, "a"), 50)
    assert.deepStrictEqual(draws(new SeededRandom(1, "a"), 50), first)
    assert.notDeepEqual(draws(new SeededRandom(2, "a"), 50), first)
    assert.notDeepEqual(draws(new SeededRandom(1, "b"), 50), first)
    assert.notDeepEqual(draws(new SeededRandom(1 + 2 ** 32, "a"), 50), first)
  })

  it("below(7) draws every value about equally often", () => {
    const random = new SeededRandom(3)
    const counts = Array.from({ length: 7 }, () => 0)
    for (let draw = 0; draw < 70_000; draw++) counts[random.below(7)]!++
    for (const count of counts) assert.closeTo(count, 10_000, 500)
  })

  it("chance(100) is true one time in ten", () => {
    const random = new SeededRandom(4)
    const hits = Array.from({ length: 100_000 }, () => random.chance(100)).filter(Boolean).length
    assert.closeTo(hits, 10_000, 500)
  })

  it("text draws from the URL-safe base64 alphabet, in the length asked for", () => {
    assert.match(new SeededRandom(5).text(5000), /^[A-Za-z0-9_-]{5000}$/)
  })

  it("serves as Effect's Random: safe integers and fractions", () => {
    const random = new SeededRandom(6).toRandom()
    for (let draw = 0; draw < 1000; draw++) {
      assert.isTrue(Number.isSafeInteger(random.nextIntUnsafe()))
      const fraction = random.nextDoubleUnsafe()
      assert.isTrue(fraction >= 0 && fraction < 1)
    }
  })
})
