import { assert, describe, it } from "vitest"
import {
  type Checked,
  checkedProperties,
  drawPlan,
  type DrawOptions,
  type Plan,
  type Property,
  simulate,
  type Step
} from "../../src/simulation/simulation.ts"
import { membershipMutants } from "./membershipMutants.ts"
import { endings, mutants } from "./mutants.ts"
import { snapshotMutants } from "./snapshotMutants.ts"

/** Seeds that a bug may hide from. */
const seedsMax = 60

/** Whether a reducer is found to break a property, with these checkers. What else it breaks first, in other seeds, does not matter. */
const isFound = (
  property: Property,
  step: Step,
  options: Pick<Plan, "mode" | "checkers"> & Pick<DrawOptions, "faults">,
  change: (plan: Plan) => Plan = (plan) => plan
): boolean => {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const { checkers, faults = "all", mode } = options
    const plan = change(drawPlan(seed, { mode, servers: 5, faults }))
    const { finding } = simulate({ ...plan, checkers }, { step })
    if (finding?.property === property) return true
  }
  return false
}

const livelyProperties: ReadonlyArray<Property> = [
  "LeaderInTime",
  "CommitInTime",
  "LeaderStepsDown",
  "LeaderStays",
  "CatchesUp"
]

/** Changes, and leaders that fall in the middle of them. */
const membershipFaults = ["membership", "leaderAlone", "crash", "transfer", "slowStorage"]

describe("a bug in the reducer is reported by the property it breaks", { timeout: 60_000 }, () => {
  it.each(Object.entries(mutants) as Array<[Checked, Step]>)("%s", (property, step) => {
    assert.isTrue(isFound(property, step, { mode: "safety", checkers: [property] }))
  })

  it.each(Object.entries(endings) as Array<[Property, Step]>)("%s", (property, step) => {
    const mode = livelyProperties.includes(property) ? "liveness" : "safety"
    assert.isTrue(isFound(property, step, { mode, checkers: "none" }, strict))
  })

  it.each(snapshotMutants)("$property: $name", ({ property, step }) => {
    assert.isTrue(isFound(property, step, { mode: "safety", checkers: [property] }))
  })

  it.each(membershipMutants)("$property: $name", ({ property, step }) => {
    const checkers = checkedProperties.filter((checked) => checked === property)
    assert.isTrue(isFound(property, step, { mode: "safety", checkers, faults: membershipFaults }))
  })

  it("and all checkers together find something, in one of a few seeds", () => {
    for (const [property, step] of Object.entries(mutants)) {
      const findings = [1, 2, 3, 4, 5, 6].map(
        (seed) => simulate(strict(drawPlan(seed, { servers: 5 })), { step }).finding
      )
      assert.isTrue(
        findings.some((finding) => finding !== undefined),
        property
      )
    }
  })

  it("every checker has its bug", () => {
    assert.sameMembers(Object.keys(mutants), [...checkedProperties])
  })
})

/** With both, no outsider unseats a leader, and no leader outlives its quorum. */
const strict = (plan: Plan): Plan => ({
  ...plan,
  options: { ...plan.options, preVote: true, checkQuorum: true }
})
