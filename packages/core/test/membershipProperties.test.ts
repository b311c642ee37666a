/**
 * Goal: every property holds while servers come and go, whatever else goes wrong (§6; thesis chapter 4).
 *
 * Method: as in properties.test.ts, with an adversary who also changes the configuration and spare servers to
 * change it with.
 */
import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { checkers } from "./properties/checkers.ts"
import type { Property } from "./properties/property.ts"
import { addCounters, type Counters, noCounters } from "./support/counters.ts"
import { membershipActions } from "./support/membershipActions.ts"
import { forgetful } from "./support/Cluster.ts"
import { allOn, run } from "./support/run.ts"

const safety = (Object.keys(checkers) as Array<keyof typeof checkers>).filter((name) => name !== "Purity")
const properties: ReadonlyArray<Property> = [...safety, "Liveness"]

const tally = (total: Counters, more: Counters): boolean => {
  addCounters(total, more)
  return true
}

describe("every property holds while the configuration changes, and faults that stop are overcome", () => {
  const small = noCounters()
  const large = noCounters()
  const plain = noCounters()
  const protecting = { ...allOn, noOp: false }

  it.prop(
    "2 voters and 3 spare servers",
    { actions: membershipActions({ maxLength: 250 }) },
    ({ actions }) =>
      tally(small, run({ core, size: 2, spares: 3, actions, properties, options: protecting })),
    { timeout: 60_000, arbitrary: { runs: 250, size: 250, seed: "small" } }
  )

  it.prop(
    "3 voters and 2 spare servers, with a no-op at the start of each term",
    { actions: membershipActions({ maxLength: 250 }) },
    ({ actions }) => tally(large, run({ core, size: 3, spares: 2, actions, properties, options: allOn })),
    { timeout: 60_000, arbitrary: { runs: 250, size: 250, seed: "large" } }
  )

  it.prop(
    "removed servers that may disrupt, and logs of which almost all is forgotten, break no safety",
    { actions: membershipActions({ maxLength: 250 }) },
    ({ actions }) =>
      tally(plain, run({ core, size: 3, spares: 2, actions, properties: safety, options: forgetful })),
    { timeout: 60_000, arbitrary: { runs: 250, size: 250, seed: "plain" } }
  )

  it("those runs met what they are about", () => {
    for (const [name, total] of Object.entries({ small, large, plain })) {
      assert.isAbove(total.elections, 400, `${name}: elections`)
      assert.isAbove(total.commits, 500, `${name}: commits`)
      assert.isAbove(total.changes, 300, `${name}: changes of the configuration`)
      assert.isAbove(total.joints, 30, `${name}: joint configurations`)
      assert.isAbove(total.rollbacks, 20, `${name}: configurations truncated`)
      assert.isAbove(total.resignations, 10, `${name}: leaders that resigned`)
    }
  })
})
