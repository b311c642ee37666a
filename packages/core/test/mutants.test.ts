/**
 * Goal: every property can fail, and the bugs that Raft implementations really had do not get past them.
 *
 * Method: plant one bug, and play the same fixed runs that the sources pass (some schedules of old bugs, then
 * random ones), with the one property that is about it, until it objects. A crash of the reducer or of the harness is not an objection.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { buildMutant } from "./mutants/build.ts"
import type { Mutant } from "./mutants/mutant.ts"
import { mutants } from "./mutants/mutants.ts"
import { checkers } from "./properties/checkers.ts"
import { type Property, PropertyViolation } from "./properties/property.ts"
import type { ServerOptions } from "../src/options.ts"
import { type Action, actions } from "./support/actions.ts"
import { forgetful, wholesale } from "./support/Cluster.ts"
import type { Core } from "./support/core.ts"
import { followerProperties, followerStories, runFollower } from "./support/followerRun.ts"
import { run } from "./support/run.ts"
import { oneFallsBehind, schedules } from "./support/schedules.ts"

const runs = 800
const sizes = [3, 3, 5, 5, 4, 4, 3, 3, 1, 5]
const properties = [...Object.keys(checkers), "Liveness"] as ReadonlyArray<Property>

const sample = <A>(arbitrary: Arbitrary.Arbitrary<A>, size: number): ReadonlyArray<A> =>
  Effect.runSync(Arbitrary.sampleEffect(arbitrary, { count: runs, size, seed: "mutants" }))

const stories = sample(followerStories, 60)

interface Play {
  readonly size: number
  readonly actions: ReadonlyArray<Action>
  readonly options: Partial<ServerOptions>
}

/** Half of them are about snapshots. Every other run is short: where it ends, and what faults it leaves behind, is all that Liveness sees of it. */
const random = sample(actions({ minLength: 20, maxLength: 300 }), 300).map((all, number): Play => {
  const some = number % 2 === 0 ? all : all.slice(0, 10 + (number % 30))
  return number % 4 < 2
    ? { size: sizes[number % sizes.length]!, actions: some, options: {} }
    : { size: 3, actions: [...oneFallsBehind, ...some], options: number % 8 < 4 ? forgetful : wholesale }
})

const clusters = [...schedules, ...random].slice(0, runs)

/** Run number `number`, for a whole cluster and for a follower alone. */
const play = (core: Core, number: number, watched: ReadonlyArray<Property>): void => {
  run({ core, ...clusters[number]!, properties: watched })
  const alone = followerProperties.filter((property) => watched.includes(property))
  if (alone.length > 0) runFollower({ core, story: stories[number]!, properties: alone })
}

/** The violation that a run shows, if it shows one. */
const violationIn = (core: Core, number: number, watched: Property): PropertyViolation | undefined => {
  try {
    play(core, number, [watched])
    return undefined
  } catch (error) {
    return error instanceof PropertyViolation ? error : undefined
  }
}

const catchMutant = ({ breaks, replacements }: Mutant) => {
  const core = buildMutant(replacements)
  for (let number = 0; number < runs; number++) {
    const violation = violationIn(core, number, breaks)
    if (violation !== undefined) return { violation, number }
  }
  return undefined
}

describe("mutants", () => {
  it.each(mutants)("$breaks catches: $name", { timeout: 60_000 }, (mutant) => {
    const caught = catchMutant(mutant)
    assert.isDefined(caught, `${mutant.name} passed ${runs} runs of ${mutant.breaks}`)
    assert.strictEqual(caught.violation.property, mutant.breaks)
  })

  it("each property catches at least one of them", () => {
    const unproven = properties.filter((property) => !mutants.some(({ breaks }) => breaks === property))
    assert.deepStrictEqual(unproven, [])
  })

  it("the sources themselves pass the same runs", { timeout: 60_000 }, () => {
    const core = buildMutant([])
    // Purity is slow, and objects to its mutants within a few runs.
    const quick = properties.filter((property) => property !== "Purity")
    for (let number = 0; number < runs; number++) {
      assert.doesNotThrow(() => play(core, number, number < 20 ? properties : quick))
    }
  })

  it("a text that no longer stands in the sources exactly once is reported, not skipped", () => {
    const missing = { file: "step.ts", text: "this text is in no source", by: "" }
    const ambiguous = { file: "step.ts", text: "server", by: "" }
    assert.throws(() => buildMutant([missing]), /out of date: step\.ts has 0 times/)
    assert.throws(() => buildMutant([ambiguous]), /out of date: step\.ts has \d{2,} times/)
  })
})
