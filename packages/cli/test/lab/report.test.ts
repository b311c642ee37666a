import { assert, describe, it } from "@effect/vitest"
import { type LabResult, labFailure, labTests } from "@effect-raft/testing"
import { jsonReport, linesReport, summaryLine } from "../../src/lab/report.ts"

const passed: LabResult = {
  part: "4B",
  test: "Figure 8",
  profile: "mit",
  clock: "virtual",
  seed: 9,
  ok: true,
  virtualSeconds: 30.44,
  wallSeconds: 0.2,
  servers: 5,
  rpcs: 1200,
  bytes: 34_567,
  committed: 61,
  traceHash: "0123456789abcdef",
  warnings: [],
  failure: undefined
}
const failed: LabResult = {
  ...passed,
  ok: false,
  failure: labFailure("it went wrong", ["server 0 applied nothing"])
}

describe("the report in lines", () => {
  const report = linesReport(1)

  it("is the laboratory's two lines for a test that passed", () => {
    assert.strictEqual(report.title(labTests[0]!), "Test (4A): initial election ...\n")
    assert.strictEqual(report.result(passed), "  ... Passed --  30.4  5 1200   34567   61\n")
    assert.strictEqual(report.complaint(failed), "")
  })

  it("is assertion, seed, replay command and history for one that failed", () => {
    assert.strictEqual(
      report.result(failed),
      [
        "  ... FAILED -- it went wrong",
        '  seed 9, after 30.440 s; replay: npm run lab -- --test "Figure 8" --profile mit --seed 9 --clock virtual',
        "  server 0 applied nothing",
        ""
      ].join("\n")
    )
  })

  it("puts warnings before the outcome", () => {
    assert.match(report.result({ ...passed, warnings: ["odd"] }), /^warning: odd\n {2}\.\.\. Passed/)
  })

  it("names the seed only when there are several", () => {
    assert.strictEqual(report.seed(9), "")
    assert.strictEqual(linesReport(2).seed(9), "Seed 9\n")
  })
})

describe("the summary", () => {
  it("counts tests, seeds and failures, and compares virtual with wall time", () => {
    const totals = { tests: 950, seeds: 50, failures: 0, virtualSeconds: 8000.04, wallSeconds: 40 }
    assert.strictEqual(
      summaryLine(totals),
      "950 tests, 50 seeds, 0 failures, 8000.0 virtual s, 40.0 wall s, ratio 200"
    )
    assert.strictEqual(
      summaryLine({ tests: 1, seeds: 1, failures: 1, virtualSeconds: 0.5, wallSeconds: 0.5 }),
      "1 test, 1 seed, 1 failure, 0.5 virtual s, 0.5 wall s, ratio 1.0"
    )
  })
})

describe("the report in JSON", () => {
  it("is one object for each test on standard output, and complaints elsewhere", () => {
    assert.deepStrictEqual(Object.keys(JSON.parse(jsonReport.result(failed)) as object), [
      "part",
      "test",
      "profile",
      "clock",
      "seed",
      "ok",
      "virtualSeconds",
      "wallSeconds",
      "servers",
      "rpcs",
      "bytes",
      "committed",
      "traceHash"
    ])
    assert.strictEqual(jsonReport.result(passed).split("\n").length, 2)
    assert.match(
      jsonReport.complaint(failed),
      /^Test \(4B\): Figure 8 \.\.\.\n {2}\.\.\. FAILED -- it went wrong\n/
    )
    const totals = { tests: 1, seeds: 1, failures: 1, virtualSeconds: 1, wallSeconds: 1 }
    for (const text of [jsonReport.title(labTests[0]!), jsonReport.seed(1), jsonReport.summary(totals)]) {
      assert.strictEqual(text, "")
    }
  })
})
