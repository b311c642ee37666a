import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { runMain } from "../runMain.ts"

/** A process takes some seconds where many tests share a machine. */
const timeout = 60_000

const lines = (text: string) => text.split("\n").slice(0, -1)

const inFolder = async (use: (folder: string) => Promise<void>) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-raft-simulate-"))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.concurrent("effect-raft simulate, as a process", { timeout }, () => {
  it("--json prints one object per run, with these fields and no others", async ({ expect }) => {
    const args = ["simulate", "--seed", "3", "--seeds", "2", "--servers", "3", "--json"]
    const { stdout, stderr, exitCode } = await runMain(args)
    const runs = lines(stdout).map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(runs.map(({ mode, seed, servers, violations }) => [seed, servers, mode, violations])).toEqual([
      [3, 3, "safety", 0],
      [4, 3, "safety", 0]
    ])
    expect(Object.keys(runs[0] ?? {})).toEqual([
      "seed",
      "servers",
      "mode",
      "virtualSeconds",
      "wallSeconds",
      "cpuSeconds",
      "steps",
      "elections",
      "commits",
      "operations",
      "faults",
      "violations",
      "historyVerdict",
      "hash"
    ])
    expect(runs[0]?.["historyVerdict"]).toBe("Linearizable")
    expect(stderr).toBe("")
    expect(exitCode).toBe(0)
  })

  it("the same seed has the same hash", async ({ expect }) => {
    const args = ["simulate", "--seed", "5", "--mode", "liveness", "--faults", "crash,loss", "--json"]
    const hashes = (await Promise.all([runMain(args), runMain(args)])).map(
      ({ stdout }) => (JSON.parse(stdout) as { hash: string }).hash
    )
    expect(hashes[0]).toMatch(/^[0-9a-f]{8}$/)
    expect(hashes[1]).toBe(hashes[0])
  })

  it("for people it prints one line in the end", async ({ expect }) => {
    const { stdout, exitCode } = await runMain(["simulate", "--seeds", "2", "--servers", "3"])
    expect(lines(stdout)).toHaveLength(1)
    expect(stdout).toMatch(
      /^2 runs, 0 violations, 0 undecided, [\d.]+ virtual s, [\d.]+ CPU s \(.*\), .* faults fired$/m
    )
    expect(exitCode).toBe(0)
  })

  it("--trace, --history and --replay: files that hold the run, and give it again", ({ expect }) =>
    inFolder(async (folder) => {
      const [trace, history, plan] = ["t.ndjson", "h.ndjson", "p.json"].map((name) => join(folder, name))
      const args = ["simulate", "--servers", "3", "--faults", "none", "--json"]
      const run = await runMain([...args, "--trace", trace!, "--history", history!])
      const result = JSON.parse(run.stdout) as { operations: number; hash: string }
      expect(lines(readFileSync(history!, "utf8"))).toHaveLength(result.operations)
      const first = JSON.parse(lines(readFileSync(trace!, "utf8"))[0]!) as { line: string; plan: unknown }
      expect(first.line).toBe("run")
      writeFileSync(plan!, JSON.stringify(first.plan))
      const replayed = await runMain(["simulate", "--replay", plan!, "--json"])
      expect((JSON.parse(replayed.stdout) as { hash: string }).hash).toBe(result.hash)
    }))

  it("a violation is exit code 1, with a smaller plan and how to run it", ({ expect }) =>
    inFolder(async (folder) => {
      // A clock that stands still for ever: nobody is elected, so nothing settles.
      const args = ["simulate", "--servers", "3", "--faults", "none", "--trace", join(folder, "t.ndjson")]
      await runMain(args)
      const [text = ""] = lines(readFileSync(join(folder, "t.ndjson"), "utf8"))
      const { plan } = JSON.parse(text) as { plan: Record<string, unknown> }
      const options = { ...(plan["options"] as object), electionTimeoutMin: 1_000_000 }
      const broken = { ...plan, millis: 100, options: { ...options, electionTimeoutMax: 100 } }
      const file = join(folder, "broken.json")
      writeFileSync(file, JSON.stringify({ ...broken, checkers: "none" }))
      const { stderr, exitCode } = await runMain(["simulate", "--replay", file])
      expect(stderr).toMatch(/ReplicasConverge broken at \d+ ms/)
      expect(stderr).toMatch(/replay: npm run simulate -- --replay \S+\.json/)
      expect(exitCode).toBe(1)
    }))
})

describe.concurrent("bad usage of effect-raft simulate", { timeout }, () => {
  it.each([
    { args: ["--frob"], complaint: "Unrecognized flag: --frob" },
    { args: ["--servers", "10"], complaint: 'Invalid value for flag --servers: "10"' },
    { args: ["--seeds", "0"], complaint: 'Invalid value for flag --seeds: "0"' },
    { args: ["--mode", "speed"], complaint: 'Invalid value for flag --mode: "speed"' },
    { args: ["--faults", "loss,plague"], complaint: 'there is no fault "plague"' },
    { args: ["--replay", "no/such/file"], complaint: "Invalid value for flag --replay" }
  ])("$args is exit code 2 and a message on standard error", async ({ args, complaint }) => {
    const { stdout, stderr, exitCode } = await runMain(["simulate", ...args])
    assert.include(stderr, complaint)
    assert.strictEqual(exitCode, 2)
    assert.strictEqual(stdout, "")
  })
})
