import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { runMain } from "../runMain.ts"

/** A process takes one second, and more where many tests share a machine. */
const timeout = 60_000

const lines = (text: string) => text.split("\n").slice(0, -1)

describe.concurrent("effect-raft lab, as a process", { timeout }, () => {
  it("prints the laboratory's lines and one summary line, and succeeds", async ({ expect }) => {
    const { stdout, stderr, exitCode } = await runMain(["lab", "--part", "4A", "--profile", "bu"])
    const printed = lines(stdout)
    expect(printed.filter((_, position) => position < 6 && position % 2 === 0)).toEqual([
      "Test (4A): initial election ...",
      "Test (4A): election after network failure ...",
      "Test (4A): multiple elections ..."
    ])
    for (const position of [1, 3, 5]) {
      expect(printed[position]).toMatch(
        /^ {2}\.\.\. Passed -- {2}[ \d]\d\.\d {2}\d [ \d]{4} [ \d]{7} [ \d]{4}$/
      )
    }
    expect(printed[6]).toMatch(/^3 tests, 1 seed, 0 failures, [\d.]+ virtual s, [\d.]+ wall s, ratio [\d.]+$/)
    expect(printed).toHaveLength(7)
    expect(stderr).toBe("")
    expect(exitCode).toBe(0)
  })

  it("runs tests with snapshots", async ({ expect }) => {
    const test = "snapshot initialization after crash"
    const args = ["lab", "--part", "2D", "--test", test, "--profile", "bu", "--json"]
    const { stdout, stderr, exitCode } = await runMain(args)
    expect(JSON.parse(stdout)).toMatchObject({ part: "2D", test, profile: "bu", seed: 1, ok: true })
    expect([stderr, exitCode]).toEqual(["", 0])
  })

  it("runs tests with clients, whose operations it counts", async ({ expect }) => {
    const test = "concurrent append to same key, unreliable (3A)"
    const { stdout, stderr, exitCode } = await runMain(["lab", "--part", "kv", "--test", test])
    expect(lines(stdout)).toEqual([
      `Test (kv): ${test} ...`,
      expect.stringMatching(/^ {2}\.\.\. Passed -- {2}[ \d]\d\.\d {2}3 [ \d]{5} {3}52$/),
      expect.stringMatching(/^1 test, 1 seed, 0 failures, /)
    ])
    expect([stderr, exitCode]).toEqual(["", 0])
  })

  it("runs consecutive seeds, and the same one to the same trace hash", async ({ expect }) => {
    const args = ["lab", "--test", "unreliable churn", "--seed", "3", "--seeds", "2", "--json"]
    const runs = [await runMain(args), await runMain(args)]
    const [first, second] = runs.map(({ stdout }) =>
      lines(stdout).map((line) => JSON.parse(line) as { seed: number; ok: boolean; traceHash: string })
    )
    expect(first?.map(({ ok, seed }) => [seed, ok])).toEqual([
      [3, true],
      [4, true]
    ])
    expect(second?.map(({ traceHash }) => traceHash)).toEqual(first?.map(({ traceHash }) => traceHash))
    expect(first?.[0]?.traceHash).not.toBe(first?.[1]?.traceHash)
  })

  it("runs under TestClock, and on the real clock", async ({ expect }) => {
    for (const clock of ["test", "real"]) {
      const { stdout, exitCode } = await runMain([
        "lab",
        "--test",
        "basic agreement",
        "--clock",
        clock,
        "--json"
      ])
      expect(JSON.parse(stdout)).toMatchObject({ clock, ok: true, test: "basic agreement", committed: 3 })
      expect(exitCode).toBe(0)
    }
  })

  it("--trace writes a line for the run, then one for each event", async ({ expect }) => {
    const folder = mkdtempSync(join(tmpdir(), "effect-raft-lab-"))
    try {
      const file = join(folder, "trace.ndjson")
      const { stdout } = await runMain(["lab", "--test", "basic agreement", "--json", "--trace", file])
      const [run, ...events] = lines(readFileSync(file, "utf8")).map(
        (line) => JSON.parse(line) as Record<string, unknown>
      )
      const result = JSON.parse(stdout) as Record<string, unknown>
      expect(run).toEqual({
        part: "4B",
        test: "basic agreement",
        profile: "mit",
        seed: 1,
        clock: "virtual"
      })
      expect(events.filter(({ event }) => event === "Sent")).toHaveLength(Number(result["rpcs"]))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("a trace that cannot be written is a failure with a message", async ({ expect }) => {
    const { stdout, stderr, exitCode } = await runMain([
      "lab",
      "--trace",
      join(tmpdir(), "no", "such", "file")
    ])
    expect(stdout).toBe("")
    expect(stderr).toMatch(/^the trace cannot be written: /)
    expect(exitCode).toBe(1)
  })

  it("a closed pipe behind standard output ends it, without a word", async ({ expect }) => {
    const { stdout, stderr } = await runMain(["lab", "--seeds", "20"], {
      shell: '{ "$@"; echo "exit code $?" >&2; } | head -n 1'
    })
    expect(stdout).toBe("Seed 1\n")
    expect(stderr).toMatch(/exit code 0\n$/)
    expect(stderr).not.toMatch(/EPIPE|Error/)
  })
})

describe.concurrent("bad usage of effect-raft lab", { timeout }, () => {
  it.each([
    { args: ["--frob"], complaint: "Unrecognized flag: --frob" },
    { args: ["--part", "4C"], complaint: 'Invalid value for flag --part: "4C"' },
    { args: ["--profile", "eth"], complaint: 'Invalid value for flag --profile: "eth"' },
    { args: ["--clock", "sun"], complaint: 'Invalid value for flag --clock: "sun"' },
    { args: ["--seed", "one"], complaint: 'Invalid value for flag --seed: "one"' },
    { args: ["--seed", "1.5"], complaint: 'Invalid value for flag --seed: "1.5"' },
    { args: ["--seeds", "0"], complaint: 'Invalid value for flag --seeds: "0"' },
    { args: ["--test", "figure 9"], complaint: 'Invalid value for flag --test: "figure 9"' },
    { args: ["--part", "4A", "--test", "churn"], complaint: "There is no such test in part 4A" }
  ])("$args is exit code 2 and a message on standard error", async ({ args, complaint }) => {
    const { stdout, stderr, exitCode } = await runMain(["lab", ...args])
    assert.include(stderr, complaint)
    assert.strictEqual(exitCode, 2)
    assert.strictEqual(stdout, "")
  })
})
