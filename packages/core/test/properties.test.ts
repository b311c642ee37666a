/**
 * Goal: the properties of Figure 3, and the contracts of the reducer, hold in whatever order messages,
 * disks, timers and crashes fall.
 *
 * Method: an adversary's actions, drawn at random and shrunk when one fails, drive a cluster of pure
 * reducers; every property looks at every step. A failure prints the shrunk actions and a replay token: put
 * it into the options (`{ arbitrary: { replay: "…" } }`) to see that one run again.
 */
import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { checkers } from "./properties/checkers.ts"
import type { Property } from "./properties/property.ts"
import { actions } from "./support/actions.ts"
import { forgetful, wholesale } from "./support/Cluster.ts"
import { addCounters, type Counters, noCounters } from "./support/counters.ts"
import { followerProperties, followerStories, runFollower } from "./support/followerRun.ts"
import { run } from "./support/run.ts"
import { oneFallsBehind } from "./support/schedules.ts"

/** Purity encodes whole servers several times a step, so it has runs of its own. */
const safety = (Object.keys(checkers) as Array<keyof typeof checkers>).filter((name) => name !== "Purity")
const properties: ReadonlyArray<Property> = [...safety, "Liveness"]

const tally = (total: Counters, more: Counters): boolean => {
  addCounters(total, more)
  return true
}

describe("every property holds after every step, and faults that stop are overcome", () => {
  const three = noCounters()
  const five = noCounters()
  const forgetting = noCounters()

  it.prop(
    "3 servers under loss, duplication, reordering, slow disks and crashes",
    { actions: actions({ maxLength: 300 }) },
    ({ actions }) => tally(three, run({ core, size: 3, actions, properties })),
    { timeout: 60_000, arbitrary: { runs: 400, size: 300, seed: "three" } }
  )

  it.prop(
    "5 servers under loss, duplication, reordering, slow disks and crashes",
    { actions: actions({ maxLength: 300 }) },
    ({ actions }) => tally(five, run({ core, size: 5, actions, properties })),
    { timeout: 60_000, arbitrary: { runs: 300, size: 300, seed: "five" } }
  )

  it.prop(
    "1, 2 and 4 servers: no majority, and even sizes",
    { actions: actions({ maxLength: 150 }) },
    ({ actions }) => {
      for (const size of [1, 2, 4]) run({ core, size, actions, properties })
    },
    { timeout: 60_000, arbitrary: { runs: 100, size: 150, seed: "even" } }
  )

  it.prop(
    "§7 3 servers that forget almost all of their logs, and send each other snapshots, mostly in many chunks",
    { actions: actions({ maxLength: 300 }) },
    ({ actions }) => {
      const all = [...oneFallsBehind, ...actions]
      const options = actions.length % 3 === 0 ? wholesale : forgetful
      return tally(forgetting, run({ core, size: 3, actions: all, properties, options }))
    },
    { timeout: 60_000, arbitrary: { runs: 400, size: 300, seed: "forgetful" } }
  )

  it("those runs met what they are about", () => {
    assert.isAbove(three.forwards, 1_000, "requests with forwarded commands")
    assert.isAbove(three.forwardsTaken, 100, "forwarded commands that were appended")
    assert.isAbove(three.forwardsLost, 50, "forwarded commands whose outcome nobody told")
    assert.isAbove(forgetting.snapshots, 1_000, "snapshots saved")
    assert.isAbove(forgetting.installs, 300, "snapshots taken in")
    assert.isAbove(forgetting.laterChunks, 2_000, "chunks after the first")
    for (const [name, total] of Object.entries({ three, five })) {
      assert.isAbove(total.elections, 1_000, `${name}: elections`)
      assert.isAbove(total.commits, 2_000, `${name}: commits`)
      assert.isAbove(total.truncations, 50, `${name}: conflicts truncated`)
      assert.isAbove(total.restarts, 500, `${name}: restarts`)
      assert.isAbove(total.repeats, 500, `${name}: messages repeated`)
      assert.isAbove(total.reads, 30, `${name}: reads from storage`)
      assert.isAbove(total.snapshots, 50, `${name}: snapshots saved`)
      assert.isAbove(total.idleAcksInFlight, 20, `${name}: appends that added nothing during a write`)
      assert.isAbove(total.repeatedVotesInFlight, 20, `${name}: votes granted again during a write`)
    }
  })
})

describe("one follower with a slow disk under leaders that overwrite each other", () => {
  const total = noCounters()

  it.prop(
    "promises nothing that its disk could lose, however often entries are written, overwritten and written again",
    { story: followerStories },
    ({ story }) => tally(total, runFollower({ core, story, properties: followerProperties })),
    { timeout: 60_000, arbitrary: { runs: 1_500, size: 60, seed: "follower" } }
  )

  it("those runs met what they are about", () => {
    assert.isAbove(total.truncations, 100, "conflicts truncated")
    assert.isAbove(total.truncationsInFlight, 50, "conflicts truncated while a write was in flight")
    assert.isAbove(total.idleAcksInFlight, 500, "appends that added nothing during a write")
    assert.isAbove(total.repeatedVotesInFlight, 50, "votes granted again during a write")
    assert.isAbove(total.installs, 25, "snapshots taken in")
  })
})

describe("purity", () => {
  const total = noCounters()

  it.prop(
    "step changes nothing it is given, repeats itself, and versions that share memory never see each other",
    { actions: actions({ minLength: 100, maxLength: 150 }) },
    ({ actions }) => tally(total, run({ core, size: 3, actions, properties: ["Purity"] })),
    { timeout: 60_000, arbitrary: { runs: 20, size: 150, seed: "purity" } }
  )

  it("those runs met what they are about", () => {
    assert.isAbove(total.elections, 50, "elections")
    assert.isAbove(total.commits, 10, "commits")
    assert.isAbove(total.truncations, 0, "conflicts truncated")
  })
})
