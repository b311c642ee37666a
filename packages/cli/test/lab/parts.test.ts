import { assert, describe, it } from "@effect/vitest"
import { failureLines, kvTests, profiles, runLabTest } from "@effect-raft/testing"
import { Effect, Option } from "effect"
import { kvService } from "../../src/lab/kvService.ts"
import { type LabInput, selectTests, testNames } from "../../src/lab/lab.ts"

const timeout = 120_000

const input = (part: LabInput["part"], test?: string): LabInput => ({
  part,
  profile: "mit",
  test: Option.fromUndefinedOr(test),
  seed: 1,
  seeds: 1,
  clock: "virtual",
  json: false,
  trace: Option.none()
})

const chosen = (part: LabInput["part"], name: string) =>
  selectTests(input(part, name)).map((test) => test.name)

describe("the parts of the lab", () => {
  it("are 3, 16, 14 and 23 tests, and 56 in all", () => {
    const parts = ["4A", "4B", "2D", "kv", "all"] as const
    assert.deepStrictEqual(
      parts.map((part) => selectTests(input(part)).length),
      [3, 16, 14, 23, 56]
    )
    assert.strictEqual(new Set(testNames("all")).size, 56)
  })

  it("are chosen by part, by name or by both", () => {
    assert.deepStrictEqual(chosen("all", "one client (3A)"), ["one client (3A)"])
    assert.deepStrictEqual(chosen("kv", "one client (3A)"), ["one client (3A)"])
    assert.deepStrictEqual(chosen("2D", "one client (3A)"), [])
  })
})

// Part kv has one edition: profiles change nothing but what a result says of itself.
describe("part kv over this repository's map", () => {
  it.each(kvTests(kvService))("$name", { timeout }, async (test) => {
    const result = await Effect.runPromise(runLabTest(test, "virtual", { profile: profiles.bu, seed: 1 }))
    assert.deepStrictEqual(result.ok ? [] : failureLines(result), [])
  })

  it("is the same run under either profile", { timeout }, async () => {
    const test = kvTests(kvService).find(({ name }) => name === "InstallSnapshot RPC (3B)")!
    const [mit, bu] = await Promise.all(
      [profiles.mit, profiles.bu].map((profile) =>
        Effect.runPromise(runLabTest(test, "virtual", { profile, seed: 2 }))
      )
    )
    assert.strictEqual(bu!.traceHash, mit!.traceHash)
  })

  it("passes under TestClock", { timeout }, async () => {
    const test = kvTests(kvService).find(({ name }) => name === "InstallSnapshot RPC (3B)")!
    const result = await Effect.runPromise(runLabTest(test, "test", { profile: profiles.mit, seed: 3 }))
    assert.deepStrictEqual(result.ok ? [] : failureLines(result), [])
  })
})
