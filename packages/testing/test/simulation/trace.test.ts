import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { drawPlan, type Plan, planLine, simulate, tracer } from "../../src/simulation/simulation.ts"

type Line = Readonly<Record<string, unknown>> & { readonly line: string; readonly time: number }

const traced = (plan: Plan) => {
  const texts: Array<string> = [planLine(plan)]
  const result = simulate(plan, { observe: (now) => [tracer(now, (text) => texts.push(text))] })
  return { result, lines: texts.map((text) => JSON.parse(text) as Line) }
}

describe("the trace", { timeout: 60_000 }, () => {
  const plan = { ...drawPlan(9, { servers: 3, faults: ["crash", "loss", "leaderAlone"] }), millis: 8_000 }
  const { lines, result } = traced(plan)
  const of = (kind: string) => lines.filter(({ line }) => line === kind)

  it("has a line for every step, message, crash, restart and operation", () => {
    assert.isUndefined(result.finding)
    assert.lengthOf(of("step"), result.steps)
    assert.lengthOf(of("sent"), result.messages)
    assert.lengthOf(of("crash"), result.crashes)
    assert.lengthOf(of("restart"), result.crashes + plan.servers)
    assert.lengthOf(of("call"), result.operations.length)
    assert.lengthOf(of("return"), result.operations.length)
    assert.strictEqual(of("lost").length + of("delivered").length >= of("sent").length - 50, true)
  })

  it("is enough to rebuild every log", () => {
    const logs = new Map<unknown, Array<{ readonly index: number; readonly term: number }>>()
    for (const line of lines) {
      if (line.line === "restart") {
        // What was not durable is gone; the line says how much is left.
        logs.set(line["server"], (logs.get(line["server"]) ?? []).slice(0, Number(line["lastIndex"])))
      }
      if (line.line !== "step") continue
      const log = logs.get(line["server"])!
      const change = line["log"] as { from: number; entries: ReadonlyArray<never> } | null
      if (change !== null) {
        // What a snapshot stands for stays empty.
        log.length = change.from - 1
        log.push(...change.entries)
      }
      assert.strictEqual(log.length, line["lastIndex"])
      const isSnapshot = line["lastIndex"] === line["lastIncludedIndex"]
      if (!isSnapshot) assert.strictEqual(log.at(-1)?.term, line["lastTerm"])
    }
  })

  it("never goes back in time", () => {
    const times = lines.map(({ time }) => time)
    assert.deepStrictEqual(
      times,
      times.toSorted((left, right) => left - right)
    )
  })

  it("names the paper's actions of an election and a commitment", () => {
    const actions = new Set(of("step").flatMap((line) => line["actions"] as ReadonlyArray<string>))
    assert.includeMembers(
      [...actions],
      ["Timeout", "RequestVote", "BecomeLeader", "ClientRequest", "AppendEntries", "AdvanceCommitIndex"]
    )
  })

  it("is described, every kind of line and every field of it, on its page", () => {
    const page = readFileSync(new URL("../../../../docs/trace.md", import.meta.url), "utf8")
    const names = new Set(lines.flatMap((line) => [line.line, ...Object.keys(line)]))
    const missing = [...names].filter((name) => !page.includes(`\`${name}\``))
    assert.deepStrictEqual(missing, [])
  })
})
