import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { logIndex, term } from "../../src/ids.ts"
import * as TermRuns from "../../src/log/termRuns.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const Case = {
  rises: Schema.Array(upTo(2)).check(Schema.isMaxLength(20)),
  truncateFrom: upTo(22),
  compactThrough: upTo(22)
}

const termsFrom = (rises: ReadonlyArray<number>): ReadonlyArray<number> => {
  let current = 1
  return rises.map((rise) => (current += rise))
}

const runsOf = (terms: ReadonlyArray<number>): TermRuns.TermRuns => {
  let runs: TermRuns.TermRuns = []
  for (const [position, value] of terms.entries()) {
    runs = TermRuns.append(runs, { index: logIndex(position + 1), term: term(value) })
  }
  return runs
}

describe("termRuns", () => {
  it.prop(
    "runs answer for every index what the list of all terms answers, truncated and compacted too",
    Case,
    ({ compactThrough, rises, truncateFrom }) => {
      const terms = termsFrom(rises)
      const whole = runsOf(terms)
      const truncated = TermRuns.truncate(whole, logIndex(truncateFrom))
      const compacted = TermRuns.compact(whole, logIndex(compactThrough))
      for (const [position, value] of terms.entries()) {
        const index = logIndex(position + 1)
        assert.strictEqual(TermRuns.runAt(whole, index)?.term, value)
        if (index < truncateFrom) assert.strictEqual(TermRuns.runAt(truncated, index)?.term, value)
        if (index > compactThrough) assert.strictEqual(TermRuns.runAt(compacted, index)?.term, value)
      }
      assert.isTrue(truncated.every(({ from }) => from < truncateFrom))
      assert.isAtMost(whole.length, new Set(terms).size)
    },
    { arbitrary: { runs: 500, size: 22 } }
  )

  it("an entry of the same term costs nothing", () => {
    const runs = runsOf([1, 1])
    assert.strictEqual(TermRuns.append(runs, { index: logIndex(3), term: term(1) }), runs)
  })

  it("before the first run there is none", () => {
    assert.strictEqual(TermRuns.position(runsOf([1]), logIndex(0)), -1)
    assert.isUndefined(TermRuns.runAt([], logIndex(1)))
  })
})
