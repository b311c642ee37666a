import { assert, describe, it } from "@effect/vitest"
import { slabFor } from "../../src/codec/slab.ts"

describe("a slab", () => {
  it("has the room asked for, whatever was taken before", () => {
    for (let round = 0; round < 5000; round++) {
      const room = 1 + ((round * 37) % 200)
      const slab = slabFor(room)
      assert.isAtMost(slab.used + room, slab.buffer.byteLength)
      slab.used += room
    }
  })

  it("is shared by small messages and left alone by large ones", () => {
    const shared = slabFor(1)
    const large = slabFor(100_000)
    assert.strictEqual(large.buffer.byteLength, 100_000)
    assert.strictEqual(slabFor(1), shared)
  })
})
