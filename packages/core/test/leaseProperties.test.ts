/**
 * Goal: reads that rely on clocks, by leases (thesis §6.4.1) or of bounded staleness, see what they must, and
 * nothing else suffers.
 *
 * Method: as in `electionProperties.test.ts`, in clusters whose clocks run together, up to a tenth apart: what the
 * leaders are told. Messages are late, lost and repeated there too, servers crash, and leadership is handed over.
 */
import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { checkers } from "./properties/checkers.ts"
import type { Property } from "./properties/property.ts"
import { clockActions } from "./support/clockActions.ts"
import { addCounters, type Counters, noCounters } from "./support/counters.ts"
import { membershipActions } from "./support/membershipActions.ts"
import { byClocks, run } from "./support/run.ts"

/** Purity encodes whole servers several times a step, so it has runs of its own. */
const safety = (Object.keys(checkers) as Array<keyof typeof checkers>).filter((name) => name !== "Purity")
const properties: ReadonlyArray<Property> = [...safety, "Liveness"]

const tally = (total: Counters, more: Counters): boolean => {
  addCounters(total, more)
  return true
}

describe("thesis §6.4.1 with clocks that keep within the declared bound every property holds", () => {
  const total = noCounters()

  it.prop(
    "3 servers",
    { actions: clockActions({ maxLength: 300 }) },
    ({ actions }) => tally(total, run({ core, size: 3, actions, properties, options: byClocks })),
    { timeout: 60_000, arbitrary: { runs: 300, size: 300, seed: "leases of three" } }
  )

  it.prop(
    "5, 4, 2 and 1 servers",
    { actions: clockActions({ maxLength: 200 }) },
    ({ actions }) => {
      for (const size of [5, 4, 2, 1])
        tally(total, run({ core, size, actions, properties, options: byClocks }))
    },
    { timeout: 60_000, arbitrary: { runs: 60, size: 200, seed: "leases of others" } }
  )

  it.prop(
    "3 voters and 2 spare servers, as the configuration changes",
    { actions: membershipActions({ maxLength: 300 }) },
    ({ actions }) => tally(total, run({ core, size: 3, spares: 2, actions, properties, options: byClocks })),
    { timeout: 60_000, arbitrary: { runs: 150, size: 300, seed: "leases and members" } }
  )

  it.prop(
    "step stays pure",
    { actions: clockActions({ minLength: 100, maxLength: 150 }) },
    ({ actions }) => void run({ core, size: 3, actions, properties: ["Purity"], options: byClocks }),
    { timeout: 60_000, arbitrary: { runs: 12, size: 150, seed: "pure leases" } }
  )

  it("those runs met what they are about", () => {
    assert.isAbove(total.leaseReads, 100, "reads by a lease, of others than lone servers")
    assert.isAbove(total.staleReads, 100, "reads of bounded staleness that followers answered")
    assert.isAbove(total.readsTooStale, 100, "reads that were refused as too stale")
    assert.isAbove(total.elections, 600, "elections")
    assert.isAbove(total.ordersToCampaign, 50, "orders to campaign")
  })
})
