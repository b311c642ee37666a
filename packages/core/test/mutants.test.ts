/**
 * Goal: every property can fail, and the bugs that Raft implementations really had do not get past them.
 *
 * Method: plant one bug, and play the same fixed runs that the sources pass (some schedules of old bugs, then
 * random ones), with the one property that is about it, until it objects. A crash of the reducer or of the harness is not an objection.
 */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { buildMutant } from "./mutants/build.ts"
import { electionMutants } from "./mutants/electionMutants.ts"
import { forwardMutants } from "./mutants/forwardMutants.ts"
import { leaseMutants } from "./mutants/leaseMutants.ts"
import { membershipMutants } from "./mutants/membershipMutants.ts"
import type { Mutant } from "./mutants/mutant.ts"
import { mutants as figure2Mutants } from "./mutants/mutants.ts"
import { snapshotMutants } from "./mutants/snapshotMutants.ts"
import { checkers } from "./properties/checkers.ts"
import { type Property, PropertyViolation } from "./properties/property.ts"
import type { ServerOptions } from "../src/options.ts"
import { type Action, actions, electionActions, forwardActions } from "./support/actions.ts"
import { clockActions } from "./support/clockActions.ts"
import { clockSchedules } from "./support/clockSchedules.ts"
import { forgetful, wholesale } from "./support/Cluster.ts"
import type { Core } from "./support/core.ts"
import { followerProperties, followerStories, runFollower } from "./support/followerRun.ts"
import { membershipActions, membershipSchedules } from "./support/membershipActions.ts"
import { allOn, byClocks, run } from "./support/run.ts"
import { oneFallsBehind, schedules } from "./support/schedules.ts"

const mutants: ReadonlyArray<Mutant> = [
  ...figure2Mutants,
  ...snapshotMutants,
  ...electionMutants,
  ...leaseMutants,
  ...membershipMutants,
  ...forwardMutants
]

const runs = 800
const sizes = [3, 3, 5, 5, 4, 4, 3, 3, 1, 5]
const properties = [...Object.keys(checkers), "Liveness"] as ReadonlyArray<Property>

const sample = <A>(arbitrary: Arbitrary.Arbitrary<A>, size: number): ReadonlyArray<A> =>
  Effect.runSync(Arbitrary.sampleEffect(arbitrary, { count: runs, size, seed: "mutants" }))

const stories = sample(followerStories, 60)

interface Drawn {
  readonly size: number
  readonly actions: ReadonlyArray<Action>
  readonly options: Partial<ServerOptions>
}

/** Every other run is short: where it ends, and what faults it leaves behind, is all that Liveness sees of it. */
const drawn = (actions: ReadonlyArray<ReadonlyArray<Action>>) =>
  actions.map((all, number): Drawn => ({
    size: sizes[number % sizes.length]!,
    actions: number % 2 === 0 ? all : all.slice(0, 10 + (number % 30)),
    options: {}
  }))

/** Half of the runs are about snapshots. */
const withSnapshots = (play: Drawn, number: number): Drawn =>
  number % 4 < 2
    ? play
    : {
        size: 3,
        actions: [...oneFallsBehind, ...play.actions],
        options: number % 8 < 4 ? forgetful : wholesale
      }

const length = { minLength: 20, maxLength: 300 }
const clusters = [...schedules, ...drawn(sample(actions(length), 300)).map(withSnapshots)].slice(0, runs)
const electionClusters = drawn(sample(electionActions(length), 300))

/** By turns, somebody plays with time, and somebody with elections. */
const clockClusters = [
  ...clockSchedules,
  ...sample(clockActions(length), 300).flatMap((actions, number) => [
    { size: sizes[number % sizes.length]!, actions },
    electionClusters[(2 * number) % runs]!
  ])
].slice(0, runs)

/** They are slower than the others, and find their mutants sooner. */
const membershipRuns = 300
const runsOf = ({ changesMembers, forwards }: Play): number => {
  if (forwards === true) return forwardClusters.length
  return changesMembers === true ? membershipClusters.length : runs
}
const spares = [1, 3, 2, 2]
const firstSizes = [1, 2, 3, 3]
const membershipClusters = [
  ...membershipSchedules,
  ...sample(membershipActions(length), 300)
    .slice(0, membershipRuns)
    .map((actions, number) => ({
      size: firstSizes[number % firstSizes.length]!,
      spares: spares[number % spares.length]!,
      actions
    }))
]

const forwardRuns = 300
const forwardClusters = drawn(sample(forwardActions(length), 300)).slice(0, forwardRuns)

/** How a mutant is played: as Figure 2 alone, or with more. */
type Play = Pick<Mutant, "isAllOn" | "readsByClocks" | "changesMembers" | "forwards">

/** Run number `number`, for a whole cluster and for a follower alone. */
const play = (
  core: Core,
  number: number,
  watched: ReadonlyArray<Property>,
  { changesMembers = false, forwards = false, isAllOn = false, readsByClocks = false }: Play
): void => {
  if (forwards) return void run({ core, ...forwardClusters[number]!, properties: watched })
  if (changesMembers) {
    const options = { ...allOn, noOp: number % 2 === 0 }
    return void run({ core, ...membershipClusters[number]!, properties: watched, options })
  }
  if (readsByClocks) {
    return void run({ core, ...clockClusters[number]!, properties: watched, options: byClocks })
  }
  if (isAllOn) return void run({ core, ...electionClusters[number]!, properties: watched, options: allOn })
  run({ core, ...clusters[number]!, properties: watched })
  const alone = followerProperties.filter((property) => watched.includes(property))
  if (alone.length > 0) runFollower({ core, story: stories[number]!, properties: alone })
}

/** The violation that a run shows, if it shows one. */
const violationIn = (core: Core, number: number, mutant: Mutant): PropertyViolation | undefined => {
  try {
    play(core, number, [mutant.breaks], mutant)
    return undefined
  } catch (error) {
    return error instanceof PropertyViolation ? error : undefined
  }
}

const catchMutant = (mutant: Mutant) => {
  const core = buildMutant(mutant.replacements)
  for (let number = 0; number < runsOf(mutant); number++) {
    const violation = violationIn(core, number, mutant)
    if (violation !== undefined) return { violation, number }
  }
  return undefined
}

describe("mutants", () => {
  it.each(mutants)("$breaks catches: $name", { timeout: 60_000 }, (mutant) => {
    const caught = catchMutant(mutant)
    assert.isDefined(caught, `${mutant.name} passed ${runsOf(mutant)} runs of ${mutant.breaks}`)
    assert.strictEqual(caught.violation.property, mutant.breaks)
  })

  it("each property catches at least one of them", () => {
    const unproven = properties.filter((property) => !mutants.some(({ breaks }) => breaks === property))
    assert.deepStrictEqual(unproven, [])
  })

  // Purity is slow, and objects to its mutants within a few runs.
  it.each([
    { what: "of Figure 2 alone" },
    { what: "with PreVote, CheckQuorum, transfers and the no-op", isAllOn: true },
    { what: "with followers that are asked a lot", forwards: true },
    { what: "with reads that rely on clocks", readsByClocks: true },
    { what: "with changes of the configuration besides", changesMembers: true }
  ])("the sources themselves pass the same runs $what", { timeout: 60_000 }, (how: Play) => {
    const core = buildMutant([])
    const quick = properties.filter((property) => property !== "Purity")
    for (let number = 0; number < runsOf(how); number++) {
      assert.doesNotThrow(() => play(core, number, number < 20 ? properties : quick, how))
    }
  })

  it("a text that no longer stands in the sources exactly once is reported, not skipped", () => {
    const missing = { file: "step.ts", text: "this text is in no source", by: "" }
    const ambiguous = { file: "step.ts", text: "server", by: "" }
    assert.throws(() => buildMutant([missing]), /out of date: step\.ts has 0 times/)
    assert.throws(() => buildMutant([ambiguous]), /out of date: step\.ts has \d{2,} times/)
  })
})
