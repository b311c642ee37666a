import { Result } from "effect"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { drawPlan, parsePlan, simulate } from "../../src/simulation/simulation.ts"
import { planRegressions, regressions } from "./regressions.ts"

describe("what once failed does so no more", { timeout: 120_000 }, () => {
  it.each(regressions)("seed $seed, $options.mode: $cause", ({ options, seed }) => {
    assert.isUndefined(simulate(drawPlan(seed, options)).finding)
  })

  it.each(planRegressions)("$file: $cause", ({ file }) => {
    const plan = parsePlan(readFileSync(new URL(`plans/${file}`, import.meta.url), "utf8"))
    assert.isTrue(Result.isSuccess(plan))
    if (Result.isSuccess(plan)) assert.isUndefined(simulate(plan.success).finding)
  })
})
