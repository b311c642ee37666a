import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import {
  actionNames,
  drawPlan,
  type Plan,
  planLine,
  simulate,
  tracer
} from "../../src/simulation/simulation.ts"

interface Action {
  readonly name: string
  readonly state: { readonly role: string }
}

type Line = Readonly<Record<string, unknown>> & { readonly line: string; readonly time: number }

const namesOf = (line: Line): ReadonlyArray<string> =>
  (line["actions"] as ReadonlyArray<Action>).map(({ name }) => name)

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

  it("names the actions of each step in order, with the state after each", () => {
    const elected = of("step").find((line) => namesOf(line).includes("BecomeLeader"))!
    assert.deepStrictEqual(namesOf(elected).slice(0, 2), ["HandleRequestVoteResponse", "BecomeLeader"])
    const [counted, leading] = elected["actions"] as ReadonlyArray<Action>
    assert.strictEqual(counted!.state.role, "Candidate")
    assert.strictEqual(leading!.state.role, "Leader")
    for (const line of of("step")) {
      const after = (line["actions"] as ReadonlyArray<Action>).at(-1)?.state
      if (after !== undefined) assert.deepInclude(line, after)
    }
  })

  it("names what becomes of messages, and each life's beginning", () => {
    assert.isTrue(of("lost").every((line) => namesOf(line).at(-1) === "DropMessage"))
    const lives = of("restart").flatMap(namesOf)
    assert.lengthOf(
      lives.filter((name) => name === "Init"),
      plan.servers
    )
    assert.lengthOf(
      lives.filter((name) => name === "Restart"),
      result.crashes
    )
  })

  it("is described, every kind of line and every field of it, on its page", () => {
    const page = readFileSync(new URL("../../../../docs/trace.md", import.meta.url), "utf8")
    const names = new Set(lines.flatMap((line) => [line.line, ...Object.keys(line)]))
    for (const name of actionNames) names.add(name)
    const missing = [...names].filter((name) => !page.includes(`\`${name}\``))
    assert.deepStrictEqual(missing, [])
  })
})
