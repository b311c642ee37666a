import { assert, describe, it } from "vitest"
import { runMain } from "../runMain.ts"

/** A process takes one second, and more where many tests share a machine. */
const timeout = 30_000

const lines = (text: string) => text.split("\n").slice(0, -1)

describe.concurrent("effect-raft explore, as a process", { timeout }, () => {
  it("visits a small model whole, and says so in the last line", async ({ expect }) => {
    const { exitCode, stderr, stdout } = await runMain(["explore", "--servers", "2", "--terms", "1"])
    const printed = lines(stdout)
    expect(printed[0]).toBe("2 servers, terms through 1, 1 command: every state was visited")
    expect(printed[1]).toBe(
      "states with a leader 90, with two 0, after a second election 0, with something committed 36"
    )
    expect(printed[2]).toMatch(/^235 distinct states, depth 16, \d+ states\/s, no violation$/)
    expect(printed).toHaveLength(3)
    expect(stderr).toBe("")
    expect(exitCode).toBe(0)
  })

  it("stops at the states asked for, and goes through the rest of the protocol on request", async ({
    expect
  }) => {
    const { exitCode, stdout } = await runMain(["explore", "--states", "3000", "--no-op", "--transfers"])
    expect(lines(stdout)[0]).toBe(
      "3 servers, terms through 2, 1 command: stopped at the number of states asked for"
    )
    expect(lines(stdout)[2]).toMatch(/^3000 distinct states, depth \d+, \d+ states\/s, no violation$/)
    expect(exitCode).toBe(0)
  })

  it("stops at the time asked for", async ({ expect }) => {
    const { exitCode, stdout } = await runMain(["explore", "--seconds", "1", "--states", "100000000"])
    expect(lines(stdout)[0]).toBe("3 servers, terms through 2, 1 command: stopped at the time asked for")
    expect(exitCode).toBe(0)
  })

  it("--json prints one object", async ({ expect }) => {
    const { stdout } = await runMain(["explore", "--servers", "2", "--depth", "4", "--json"])
    expect(JSON.parse(stdout)).toMatchObject({
      servers: 2,
      termsMax: 2,
      entriesMax: 1,
      depth: 4,
      ending: "DepthMax",
      violation: null
    })
  })
})

describe.concurrent("bad usage of effect-raft explore", { timeout }, () => {
  it.each([
    { args: ["--frob"], complaint: "Unrecognized flag: --frob" },
    { args: ["--servers", "0"], complaint: 'Invalid value for flag --servers: "0"' },
    { args: ["--servers", "6"], complaint: 'Invalid value for flag --servers: "6"' },
    { args: ["--terms", "0"], complaint: 'Invalid value for flag --terms: "0"' },
    { args: ["--entries", "-1"], complaint: 'Invalid value for flag --entries: "-1"' },
    { args: ["--seconds", "soon"], complaint: 'Invalid value for flag --seconds: "soon"' }
  ])("$args is exit code 2 and a message on standard error", async ({ args, complaint }) => {
    const { exitCode, stderr, stdout } = await runMain(["explore", ...args])
    assert.include(stderr, complaint)
    assert.strictEqual(exitCode, 2)
    assert.strictEqual(stdout, "")
  })
})
