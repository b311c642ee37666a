/**
 * Goal: a planted bug is found, named, and shown by a way to it that has no shorter one.
 *
 * Method: explore reducers that are changed on the way in or out. The length of each shortest
 * counterexample is known; a search that stops one action earlier finds nothing.
 */
import { assert, describe, it } from "@effect/vitest"
import { counterexampleJson, counterexampleText } from "../../src/exploration/counterexample.ts"
import { explore } from "../../src/exploration/explore.ts"
import { invariants } from "../../src/exploration/invariants/invariants.ts"
import { mutants } from "./mutants.ts"

const timeout = 60_000

describe("exploring a reducer with a bug", () => {
  it.each(mutants)("$breaks, in $steps steps: $name", { timeout }, ({ breaks, options, steps }) => {
    const { counterexample, ending } = explore({ ...options, statesMax: 3_000_000 })
    assert.strictEqual(ending, "Violation")
    assert.strictEqual(counterexample?.property, breaks)
    assert.isTrue(counterexample?.isConfirmed, "the same steps break it on real clocks and numbers")
    assert.lengthOf(counterexample?.steps ?? [], steps)

    const before = explore({ ...options, depthMax: steps - 1 })
    assert.strictEqual(before.ending, "DepthMax")
    assert.isUndefined(before.counterexample)
  })

  it("each property objects to at least one of them", () => {
    const unproven = invariants.filter(({ name }) => !mutants.some(({ breaks }) => breaks === name))
    assert.deepStrictEqual(
      unproven.map(({ name }) => name),
      []
    )
  })

  it("is told as text, step by step", () => {
    const { counterexample } = explore({ ...mutants[0]!.options })
    assert.deepStrictEqual(counterexampleText(counterexample!).slice(0, 5), [
      "NoPromiseBeforeItsWrite does not hold after 3 steps:",
      "",
      "  1  A waits until its election timeout",
      "     Candidate in term 1, vote A, log [], commit 0; on disk term 0, vote none, log []",
      ""
    ])
  })

  it("is told as one JSON object a line, with everything that was sent", () => {
    const { counterexample } = explore({ ...mutants[0]!.options })
    const lines = counterexampleJson(counterexample!).map(
      (line) => JSON.parse(line) as Record<string, unknown>
    )
    assert.lengthOf(lines, 4)
    assert.deepInclude(lines[2], { step: 3, server: "B", action: "Deliver", role: "Follower", votedFor: "A" })
    assert.deepInclude((lines[2]!["sent"] as ReadonlyArray<unknown>)[0], {
      to: "A",
      voteGranted: true,
      term: 1
    })
    assert.deepStrictEqual(lines[3], { violation: "NoPromiseBeforeItsWrite", steps: 3, confirmed: true })
  })
})
