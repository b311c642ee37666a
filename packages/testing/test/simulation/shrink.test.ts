import { assert, describe, it } from "vitest"
import { Result } from "effect"
import {
  drawPlan,
  type Finding,
  formatPlan,
  parsePlan,
  type Plan,
  shrink,
  simulate
} from "../../src/simulation/simulation.ts"
import { mutants } from "./mutants.ts"

const step = mutants.LeaderCompleteness

/** In some seeds a server stops itself before the checker comes to look. */
const firstFound = (): readonly [Plan, Finding] => {
  for (let seed = 1; seed <= 60; seed++) {
    const plan: Plan = { ...drawPlan(seed, { servers: 5 }), checkers: ["LeaderCompleteness"] }
    const { finding } = simulate(plan, { step })
    if (finding?.property === "LeaderCompleteness") return [plan, finding]
  }
  throw new Error("the bug is found in none of 60 seeds")
}

describe("shrink", { timeout: 60_000 }, () => {
  const [plan, finding] = firstFound()
  const shrunk = shrink(plan, finding, { step })

  it("gives a plan with less of everything that still breaks the same property", () => {
    assert.strictEqual(shrunk.finding.property, "LeaderCompleteness")
    assert.isBelow(shrunk.plan.schedule.length, plan.schedule.length)
    assert.isAtMost(shrunk.plan.schedule.length, 8)
    assert.isBelow(shrunk.plan.millis, plan.millis)
    assert.isAtMost(shrunk.plan.servers, plan.servers)
  })

  it("which breaks it again after it went through a file", () => {
    const replayed = parsePlan(formatPlan(shrunk.plan))
    assert.deepStrictEqual(replayed, Result.succeed(shrunk.plan))
    assert.deepStrictEqual(simulate(shrunk.plan, { step }).finding, shrunk.finding)
  })

  it("and does not break the reducer without the bug", () => {
    assert.isUndefined(simulate(shrunk.plan).finding)
  })
})

describe("parsePlan", () => {
  const text = formatPlan(drawPlan(1))

  it.each([
    ["no JSON", "{", /JSON/],
    ["another thing", "{}", /seed/],
    ["an unknown fault", text.replace(/"fault":"\w+"/, '"fault":"plague"'), /fault/],
    ["an unknown option", text.replace('"heartbeatInterval"', '"heartbeat"'), /no option heartbeat/],
    ["too many servers", text.replace(/"servers":\d/, '"servers":10'), /servers/]
  ])("refuses %s", (_, broken, problem) => {
    const parsed = parsePlan(broken)
    assert.isTrue(Result.isFailure(parsed))
    if (Result.isFailure(parsed)) assert.match(parsed.failure, problem)
  })

  it("gives the plan that was formatted", () => {
    assert.deepStrictEqual(parsePlan(text), Result.succeed(drawPlan(1)))
  })
})
