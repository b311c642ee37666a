import { Simulation } from "@effect-raft/testing"
import { assert, describe, it } from "vitest"
import { noTotals, vacuityLines, withRun } from "../../src/simulate/totals.ts"

describe("a set of runs", () => {
  const plan = Simulation.drawPlan(1, { servers: 1, faults: "none" })
  const result = Simulation.simulate({ ...plan, millis: 1_000 })
  const totalsOf = (runs: number) =>
    Array.from({ length: runs }).reduce<typeof noTotals>(
      (totals) => withRun(totals, result, { wallSeconds: 0, cpuSeconds: 0 }),
      noTotals
    )

  it("that is large enough must have seen everything, and says what it has not", () => {
    const lines = vacuityLines(totalsOf(Simulation.tallyRunsMin))
    assert.include(
      lines,
      `in ${Simulation.tallyRunsMin} runs there were no crashes: they prove less than they claim`
    )
    assert.isFalse(lines.some((line) => line.includes("no commits")))
  })

  it("that is small claims nothing", () => {
    assert.deepStrictEqual(vacuityLines(totalsOf(Simulation.tallyRunsMin - 1)), [])
  })
})
