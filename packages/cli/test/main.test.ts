import { assert, describe, it } from "vitest"
import { runMain } from "./runMain.ts"

/** A process takes one second, and more where many tests share a machine. */
const timeout = 30_000

const lines = (text: string) => text.split("\n").slice(0, -1)

describe.concurrent("effect-raft demo, as a process", { timeout }, () => {
  it("answers each command on a line of standard output, logs elsewhere, and succeeds at the end of input", async ({
    expect
  }) => {
    const { stdout, stderr, exitCode } = await runMain(["demo"], {
      input: 'put x 1\nget x\n\nappend x " 2"\r\nstatus\nhelp\nget x'
    })
    const [put, get, append, status, help, last, ...rest] = lines(stdout)
    expect([put, get, append, last, rest]).toEqual(["ok", "1", "ok", '"1 2"', []])
    expect(status).toMatch(/^server 1, role .*; server 2, role .*; server 3, role /)
    expect(help).toMatch(/^put KEY VALUE, /)
    expect(stderr).toMatch(/server [123] leads term \d/)
    expect(exitCode).toBe(0)
  })

  it("a bad command is an error line and exit code 1, and does not end the session", async ({ expect }) => {
    const { stdout, exitCode } = await runMain(["demo"], { input: "frobnicate\nput x 1\n" })
    expect(lines(stdout)).toEqual(['error: there is no command frobnicate; "help" lists them', "ok"])
    expect(exitCode).toBe(1)
  })

  it("what was acknowledged survives a crash of one server, and of all three", async ({ expect }) => {
    const script = [
      ["put x 1", "crash 1", "append x 2", "restart 1", "crash 2", "append x 3", "restart 2"],
      ["crash 1", "crash 2", "crash 3", "restart 3", "restart 2", "restart 1", "append x 4", "get x"]
    ].flat()
    const { stdout, exitCode } = await runMain(["demo"], { input: script.join("\n") })
    expect(lines(stdout)).toEqual([...script.slice(1).map(() => "ok"), "1234"])
    expect(exitCode).toBe(0)
  })

  it("quit ends it, also while its input stays open", async ({ expect }) => {
    const { stdout, exitCode } = await runMain(["demo"], {
      input: "put x 1\nquit\nget x\n",
      isInputOpen: true
    })
    expect(lines(stdout)).toEqual(["ok", "bye"])
    expect(exitCode).toBe(0)
  })

  it("a closed pipe behind standard output ends it, without a word", async ({ expect }) => {
    const { stdout, stderr, exitCode } = await runMain(["demo"], {
      shell: '{ "$@"; echo "exit code $?" >&2; } | head -n 1',
      input: "get x\n".repeat(100),
      isInputOpen: true
    })
    expect(stdout).toBe("(not found)\n")
    expect(stderr).toMatch(/exit code 0\n$/)
    expect(stderr).not.toMatch(/EPIPE|Error/)
    expect(exitCode).toBe(0)
  })

  it("SIGINT ends it at once, also in the middle of a command, with the code that shells give it", async ({
    expect
  }) => {
    // The leader loses its followers, so the last put waits for its whole time.
    const { stdout, exitCode } = await runMain(["demo"], {
      input: "put x 1\nstatus\n",
      isInputOpen: true,
      onOutput: (text, child) => {
        const leader = /server (\d), role leader/.exec(text)?.[1]
        if (leader === undefined || !child.stdin.writable) return
        const followers = ["1", "2", "3"].filter((server) => server !== leader)
        child.stdin.end(`${followers.map((server) => `crash ${server}`).join("\n")}\nput x 2\n`)
        setTimeout(() => child.kill("SIGINT"), 500)
      }
    })
    expect(lines(stdout)).toHaveLength(4)
    expect(exitCode).toBe(130)
  })
})

describe.concurrent("bad usage", { timeout }, () => {
  it.each([
    { args: ["demo", "--frob"], complaint: "Unrecognized flag: --frob" },
    { args: ["dmeo"], complaint: 'Unknown subcommand "dmeo"' },
    { args: ["demo", "extra"], complaint: 'Unexpected positional argument: "extra"' }
  ])("$args is exit code 2 and a message on standard error", async ({ args, complaint }) => {
    const { stdout, stderr, exitCode } = await runMain(args)
    assert.strictEqual(exitCode, 2)
    assert.include(stderr, complaint)
    assert.include(stderr, "--help")
    assert.strictEqual(stdout, "")
  })

  it("color is a matter of the environment: NO_COLOR wins", async () => {
    const forced = await runMain(["dmeo"], { env: { FORCE_COLOR: "1" } })
    assert.include(forced.stderr, "\u001b[")
    const refused = await runMain(["dmeo"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } })
    assert.notInclude(refused.stderr, "\u001b[")
  })

  it.each([{ args: ["--help"] }, { args: [] }])(
    "$args is no bad usage: help, and a success",
    async ({ args }) => {
      const { stdout, exitCode } = await runMain(args)
      assert.strictEqual(exitCode, 0)
      for (const subcommand of ["demo", "lab", "bench"]) assert.include(stdout, subcommand)
    }
  )
})
