import { assert, describe, it } from "vitest"
import { drawPlan, missing, noTally, simulate, tallied, type Tally } from "../../src/simulation/simulation.ts"

const tallyOf = (plans: ReadonlyArray<ReturnType<typeof drawPlan>>): Tally =>
  plans.reduce((tally, plan) => tallied(tally, simulate(plan)), noTally)

describe("a set of runs", { timeout: 60_000 }, () => {
  it("misses what never happened in any of them, enabled faults among it", () => {
    const plan = drawPlan(3, { servers: 3, faults: ["failedReads"] })
    // With all of the log in memory nothing is read, and no read can fail.
    const tally = tallyOf([{ ...plan, options: { ...plan.options, memoryEntriesMax: 100_000 } }])
    assert.includeMembers(
      [...missing(tally)],
      ["crashes", "configurations committed", "occurrences of the fault failedReads that came to anything"]
    )
    assert.notInclude(missing(tally), "commits")
  })

  it("misses nothing that happened in one of them", () => {
    const quiet = drawPlan(3, { servers: 3, faults: "none" })
    const lively = drawPlan(4, { servers: 3, faults: ["membership", "crash"] })
    const alone = missing(tallyOf([quiet]))
    const together = missing(tallyOf([quiet, lively]))
    assert.includeMembers([...alone], ["crashes", "configurations committed"])
    assert.notInclude(together, "crashes")
    assert.notInclude(together, "configurations committed")
  })
})
