import { assert, describe, it } from "@effect/vitest"
import { crc32 } from "../src/crc32.ts"

const encoder = new TextEncoder()

describe("crc32", () => {
  it("gives what everybody's CRC-32 gives", () => {
    assert.strictEqual(crc32(encoder.encode("123456789")), 0xcbf4_3926)
    assert.strictEqual(crc32(encoder.encode("abc")), 0x3524_41c2)
    assert.strictEqual(crc32(new Uint8Array(0)), 0)
    assert.strictEqual(crc32(Uint8Array.of(0)), 0xd202_ef8d)
  })

  it("tells every single flipped bit, wherever it stands and however long the bytes are", () => {
    for (let length = 1; length <= 9; length++) {
      const bytes = Uint8Array.from({ length }, (_, position) => 37 * position)
      const sums = new Set([crc32(bytes)])
      for (let bit = 0; bit < 8 * length; bit++) {
        const flipped = bytes.slice()
        flipped[bit >>> 3]! ^= 1 << (bit & 7)
        sums.add(crc32(flipped))
      }
      assert.strictEqual(sums.size, 1 + 8 * length)
    }
  })

  it("looks at nothing but its bytes", () => {
    const around = Uint8Array.from({ length: 20 }, (_, position) => position)
    assert.strictEqual(crc32(around.subarray(3, 14)), crc32(around.slice(3, 14)))
  })
})
