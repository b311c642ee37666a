import { assert, describe, it } from "vitest"
import { LocalClock } from "../../src/simulation/LocalClock.ts"

describe("LocalClock", () => {
  it("runs at its rate, from where it stood when the rate changed", () => {
    const clock = new LocalClock(1_000)
    assert.strictEqual(clock.read(50), 1_050)
    clock.setRate(50, 2)
    assert.strictEqual(clock.read(60), 1_070)
    clock.setRate(60, 0.5)
    assert.strictEqual(clock.read(80), 1_080)
  })

  it("jumps, and goes on from there", () => {
    const clock = new LocalClock(0)
    clock.jump(500)
    assert.strictEqual(clock.read(1), 501)
    clock.jump(-600)
    assert.strictEqual(clock.read(2), -98)
  })

  it("knows the first millisecond of a reading, whatever its rate", () => {
    const clock = new LocalClock(7)
    for (const rate of [1, 0.4, 2.5, 0.993]) {
      clock.setRate(100, rate)
      for (const wait of [1, 10, 333]) {
        const reading = clock.read(100) + wait
        const at = clock.reaches(reading)
        assert.isAtLeast(clock.read(at), reading - 1e-6)
        assert.isBelow(clock.read(at - 1), reading)
      }
    }
  })
})
