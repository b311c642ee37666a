import { assert, describe, it } from "vitest"
import {
  drawPlan,
  type DrawOptions,
  faultNames,
  type Result,
  simulate,
  vacuity
} from "../../src/simulation/simulation.ts"

const seeds = (from: number, count: number) => Array.from({ length: count }, (_, offset) => from + offset)

const runs = (from: number, count: number, options: DrawOptions): ReadonlyArray<Result> =>
  seeds(from, count).map((seed) => simulate(drawPlan(seed, options)))

const findings = (results: ReadonlyArray<Result>) =>
  results.flatMap(({ finding, plan }) => (finding === undefined ? [] : [{ seed: plan.seed, ...finding }]))

describe("the same plan gives the same run", () => {
  it.each([3, 7, 11])("seed %d, twice", (seed) => {
    const [first, second] = [simulate(drawPlan(seed)), simulate(drawPlan(seed))]
    assert.strictEqual(first.hash, second.hash)
    assert.deepStrictEqual(first, second)
  })

  it("and other seeds give others", () => {
    const hashes = new Set(seeds(1, 10).map((seed) => simulate(drawPlan(seed)).hash))
    assert.strictEqual(hashes.size, 10)
  })

  it("checkers and observers change nothing", () => {
    const plan = drawPlan(5)
    const seen: Array<number> = []
    const observed = simulate(plan, { observe: (now) => [{ stepped: () => seen.push(now()) }] })
    assert.strictEqual(simulate({ ...plan, checkers: "none" }).hash, observed.hash)
    assert.lengthOf(seen, observed.steps)
  })
})

describe("nothing is found in a fixed set of seeds", { timeout: 120_000 }, () => {
  it.each([1, 11, 21, 31])("mode safety, ten seeds from %d", (from) => {
    const results = runs(from, 10, { mode: "safety" })
    assert.deepStrictEqual(findings(results), [])
    assert.isTrue(results.every(({ historyVerdict }) => historyVerdict === "Linearizable"))
  })

  it.each([1, 11, 21, 31])("mode liveness, ten seeds from %d", (from) => {
    assert.deepStrictEqual(findings(runs(from, 10, { mode: "liveness" })), [])
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("%d servers", (servers) => {
    assert.deepStrictEqual(findings(runs(100, 3, { servers })), [])
  })
})

describe("runs are not vacuous", { timeout: 120_000 }, () => {
  it("without faults there is one election, and every answer comes", () => {
    const [result] = runs(3, 1, { servers: 5, faults: "none" })
    assert.deepStrictEqual(vacuity(result!), [])
    assert.isTrue(result!.operations.every(({ status }) => status === "ok" || status === "fail"))
  })

  it.each(faultNames)("the fault %s fires, alone, and nothing breaks", (fault) => {
    // What is read back has to be out of memory first, and what is reported has to be lost.
    const company = fault === "failedReads" ? ["crash"] : fault === "unreachable" ? ["loss"] : []
    const results = runs(1, 4, { servers: 5, faults: [fault, ...company] })
    assert.deepStrictEqual(findings(results), [])
    assert.isAtLeast(
      results.reduce((sum, { faults }) => sum + faults[fault]!, 0),
      1
    )
  })

  it("foreign storage is no harmless fault: where no configuration names the disks, promises are broken on them", () => {
    const found = seeds(1, 20).map((seed) => {
      const plan = drawPlan(seed, { servers: 5, faults: ["foreignStorage", "crash"] })
      return simulate({ ...plan, pinsStorage: false }).finding
    })
    assert.isTrue(found.some((finding) => finding !== undefined))
  })

  it("together they lead to elections, commits, truncations, crashes, unknown outcomes, snapshots, changes of members and reads from storage", () => {
    const results = runs(1, 20, { servers: 5 })
    const sum = (count: (result: Result) => number) =>
      results.reduce((total, result) => total + count(result), 0)
    assert.isAtLeast(
      sum(({ elections }) => elections),
      60
    )
    assert.isAtLeast(
      sum(({ commits }) => commits),
      10_000
    )
    assert.isAtLeast(
      sum(({ truncations }) => truncations),
      10
    )
    assert.isAtLeast(
      sum(({ crashes }) => crashes),
      40
    )
    assert.isAtLeast(
      sum(({ readsBack }) => readsBack),
      100
    )
    assert.isAtLeast(
      sum(({ snapshots }) => snapshots.taken),
      1_000
    )
    assert.isAtLeast(
      sum(({ snapshots }) => snapshots.installed),
      20
    )
    assert.isAtLeast(
      sum(({ snapshots }) => snapshots.resumed),
      10
    )
    assert.isAtLeast(
      sum(({ configurations }) => configurations.committed),
      40
    )
    assert.isAtLeast(
      sum(({ configurations }) => configurations.joint),
      5
    )
    assert.isAtLeast(
      sum(({ operations }) => operations.filter(({ status }) => status === "unknown").length),
      20
    )
  })

  it("says what never happened", () => {
    const plan = { ...drawPlan(1, { servers: 3, faults: ["loss"] }), millis: 20 }
    const silent = simulate({ ...plan, workload: { ...plan.workload, keys: 0, operationsMax: 0 } })
    assert.includeMembers([...vacuity(silent)], ["no operation was answered"])
  })
})
