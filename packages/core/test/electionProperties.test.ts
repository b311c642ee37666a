/**
 * Goal: with PreVote, CheckQuorum, transfers and the no-op all on, everything holds that holds without them,
 * and what they promise holds too.
 *
 * Method: as in `properties.test.ts`, with an adversary that also hands leadership over and lets contact fade.
 */
import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { checkers } from "./properties/checkers.ts"
import type { Property } from "./properties/property.ts"
import { electionActions } from "./support/actions.ts"
import { addCounters, type Counters, noCounters } from "./support/counters.ts"
import { allOn, run } from "./support/run.ts"

/** Purity encodes whole servers several times a step, so it has runs of its own. */
const safety = (Object.keys(checkers) as Array<keyof typeof checkers>).filter((name) => name !== "Purity")
const properties: ReadonlyArray<Property> = [...safety, "Liveness"]

const tally = (total: Counters, more: Counters): boolean => {
  addCounters(total, more)
  return true
}

describe("with PreVote, CheckQuorum, transfers and the no-op every property holds after every step", () => {
  const three = noCounters()
  const five = noCounters()

  it.prop(
    "3 servers under loss, duplication, reordering, slow disks, crashes and transfers",
    { actions: electionActions({ maxLength: 300 }) },
    ({ actions }) => tally(three, run({ core, size: 3, actions, properties, options: allOn })),
    { timeout: 60_000, arbitrary: { runs: 300, size: 300, seed: "elections of three" } }
  )

  it.prop(
    "5 servers under loss, duplication, reordering, slow disks, crashes and transfers",
    { actions: electionActions({ maxLength: 300 }) },
    ({ actions }) => tally(five, run({ core, size: 5, actions, properties, options: allOn })),
    { timeout: 60_000, arbitrary: { runs: 250, size: 300, seed: "elections of five" } }
  )

  it.prop(
    "1, 2 and 4 servers: no majority, and even sizes",
    { actions: electionActions({ maxLength: 150 }) },
    ({ actions }) => {
      for (const size of [1, 2, 4]) run({ core, size, actions, properties, options: allOn })
    },
    { timeout: 60_000, arbitrary: { runs: 80, size: 150, seed: "even elections" } }
  )

  it.prop(
    "each of them alone and every pair of them: none needs another to be safe and live",
    { actions: electionActions({ maxLength: 200 }) },
    ({ actions }) => {
      for (const options of mixtures) run({ core, size: 3, actions, properties, options })
    },
    { timeout: 60_000, arbitrary: { runs: 40, size: 200, seed: "mixtures" } }
  )

  it.prop(
    "step stays pure",
    { actions: electionActions({ minLength: 100, maxLength: 150 }) },
    ({ actions }) => void run({ core, size: 3, actions, properties: ["Purity"], options: allOn }),
    { timeout: 60_000, arbitrary: { runs: 12, size: 150, seed: "pure elections" } }
  )

  it("those runs met what they are about", () => {
    for (const [name, total] of Object.entries({ three, five })) {
      assert.isAbove(total.elections, 600, `${name}: elections`)
      assert.isAbove(total.commits, 2_500, `${name}: commits`)
      assert.isAbove(total.truncations, 100, `${name}: conflicts truncated`)
      assert.isAbove(total.restarts, 400, `${name}: restarts`)
      assert.isAbove(total.noOps, 600, `${name}: no-ops`)
      assert.isAbove(total.preVotesGranted, 1_200, `${name}: votes promised in advance`)
      assert.isAbove(total.preVotesRefused, 1_800, `${name}: votes refused in advance`)
      assert.isAbove(total.votesTooSoon, 300, `${name}: votes asked for too soon`)
      assert.isAbove(total.quorumsLost, 35, `${name}: leaders whose quorum was silent`)
      assert.isAbove(total.transfers, 90, `${name}: transfers`)
      assert.isAbove(total.ordersToCampaign, 50, `${name}: orders to campaign`)
      assert.isAbove(total.electionsByTransfer, 30, `${name}: leaders by transfer`)
    }
  })
})

const choices = [false, true]
const mixtures = choices.flatMap((preVote) =>
  choices.flatMap((checkQuorum) => choices.map((noOp) => ({ preVote, checkQuorum, noOp })))
)
