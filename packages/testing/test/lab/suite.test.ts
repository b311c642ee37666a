import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  failureLines,
  type LabClock,
  type LabResult,
  type LabTest,
  labTests,
  passedLine,
  profiles,
  replayCommand,
  resultJson,
  runLabTest,
  titleLine,
  type TraceEvent,
  traceLine
} from "../../src/index.ts"

const timeout = 60_000
const profileNames = ["mit", "bu"] as const

const run = (
  test: LabTest,
  clock: LabClock,
  run: { readonly profile: keyof typeof profiles; readonly seed: number }
): Promise<LabResult> =>
  Effect.runPromise(runLabTest(test, clock, { profile: profiles[run.profile], seed: run.seed }))

/** Nothing for a test that passed. */
const complaints = (result: LabResult): ReadonlyArray<string> => (result.ok ? [] : failureLines(result))

describe.each(profileNames)("parts 4A and 4B under TestClock, profile %s", (profile) => {
  it.each(labTests)("$part: $name", { timeout }, async (test) => {
    assert.deepStrictEqual(complaints(await run(test, "test", { profile, seed: 1 })), [])
  })
})

describe.each(profileNames)("parts 4A and 4B in virtual time, profile %s", (profile) => {
  it.each(labTests)("$part: $name", { timeout }, async (test) => {
    for (const seed of [2, 3, 4]) {
      assert.deepStrictEqual(complaints(await run(test, "virtual", { profile, seed })), [])
    }
  })
})

describe("parts 4A and 4B", () => {
  it("are 19 tests with names of their own", () => {
    assert.lengthOf(labTests, 19)
    assert.strictEqual(new Set(labTests.map((test) => test.name)).size, 19)
    assert.lengthOf(
      labTests.filter((test) => test.part === "4A"),
      3
    )
  })

  it("run on the real clock", { timeout }, async () => {
    const test = labTests.find(({ name }) => name === "basic agreement")!
    const result = await run(test, "real", { profile: "bu", seed: 1 })
    assert.deepStrictEqual(complaints(result), [])
    assert.isAtLeast(result.wallSeconds, 0.45)
    assert.strictEqual(result.committed, 3)
  })

  describe.each(["virtual", "test"] as const)("on the %s clock", (clock) => {
    const chosen = labTests.filter(({ name }) =>
      ["initial election", "more persistence", "Figure 8 (unreliable)", "unreliable churn"].includes(name)
    )

    it.each(chosen)("$name: the same seed gives the same run", { timeout }, async (test) => {
      const { wallSeconds: _first, ...first } = await run(test, clock, { profile: "mit", seed: 11 })
      const { wallSeconds: _second, ...second } = await run(test, clock, { profile: "mit", seed: 11 })
      assert.deepStrictEqual(second, first)
      assert.match(first.traceHash, /^[0-9a-f]{16}$/)
    })

    it.each(chosen)("$name: another seed gives another run", { timeout }, async (test) => {
      const first = await run(test, clock, { profile: "mit", seed: 11 })
      const other = await run(test, clock, { profile: "mit", seed: 12 })
      assert.notStrictEqual(other.traceHash, first.traceHash)
    })
  })
})

describe("what is printed", () => {
  const result: LabResult = {
    part: "4A",
    test: "initial election",
    profile: "bu",
    clock: "virtual",
    seed: 3,
    ok: true,
    virtualSeconds: 3.04,
    wallSeconds: 0.01,
    servers: 3,
    rpcs: 106,
    bytes: 29_444,
    committed: 0,
    traceHash: "0123456789abcdef",
    warnings: [],
    failure: undefined
  }

  it("is the laboratory's own", () => {
    assert.strictEqual(titleLine(labTests[0]!), "Test (4A): initial election ...")
    assert.strictEqual(passedLine(result), "  ... Passed --   3.0  3  106   29444    0")
    assert.strictEqual(
      passedLine({ ...result, virtualSeconds: 123.46, bytes: 12_345_678, committed: 12_345 }),
      "  ... Passed --  123.5  3  106 12345678 12345"
    )
  })

  it("of a failure is enough to repeat it", () => {
    assert.strictEqual(
      replayCommand(result),
      'npm run lab -- --test "initial election" --profile bu --seed 3 --clock virtual'
    )
  })

  it("as JSON has the fields of the contract, in order", () => {
    assert.strictEqual(
      resultJson(result),
      '{"part":"4A","test":"initial election","profile":"bu","clock":"virtual","seed":3,"ok":true,"virtualSeconds":3.04,"wallSeconds":0.01,"servers":3,"rpcs":106,"bytes":29444,"committed":0,"traceHash":"0123456789abcdef"}'
    )
  })

  it("of a trace is one JSON object for each event, and asking for it changes nothing", async () => {
    const events: Array<TraceEvent> = []
    const test = labTests.find(({ name }) => name === "basic agreement")!
    const options = { profile: profiles.mit, seed: 1 }
    const plain = await Effect.runPromise(runLabTest(test, "virtual", options))
    const traced = await Effect.runPromise(
      runLabTest(test, "virtual", { ...options, onEvent: (event) => events.push(event) })
    )
    assert.strictEqual(traced.traceHash, plain.traceHash)
    assert.strictEqual(events.filter(({ event }) => event === "Sent").length, traced.rpcs)
    assert.strictEqual(events.filter(({ event }) => event === "Applied").length, 9)
    const lines = events.map(traceLine)
    assert.isTrue(lines.every((line) => !line.includes("\n")))
    assert.isTrue(lines.some((line) => /"_tag":"AppendEntriesRequest".*"payload":"\d+ bytes"/.test(line)))
  })
})
