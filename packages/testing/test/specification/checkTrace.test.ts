import { assert, describe, it } from "vitest"
import {
  actionNames,
  drawPlan,
  type Plan,
  planLine,
  simulate,
  type Step,
  tracer
} from "../../src/simulation/simulation.ts"
import { checkTrace, type TraceVerdict } from "../../src/specification/checkTrace.ts"
import { mutants } from "../simulation/mutants.ts"
import { falsifications, type Falsification, lies, type Line } from "./falsifications.ts"

const traceOf = (plan: Plan, step?: Step): ReadonlyArray<string> => {
  const lines = [planLine(plan)]
  simulate(plan, {
    ...(step === undefined ? {} : { step }),
    observe: (now) => [tracer(now, (line) => lines.push(line))]
  })
  return lines
}

/** Runs short enough to keep, which between them do everything. */
const plans: ReadonlyArray<Plan> = [
  { faults: ["crash", "loss", "duplication"], servers: 3 },
  { faults: ["partition", "slowStorage", "reordering"], servers: 5 },
  { faults: ["transfer", "delay", "crashAll"], servers: 4 },
  { faults: ["leaderAlone", "stuckStorage", "clockJump", "unreachable"], servers: 5 },
  { faults: ["flapping", "pause", "failedStorage", "transfer"], servers: 3 },
  { faults: ["deaf", "ring", "crash"], servers: 5 },
  { faults: ["membership", "snapshots", "crash"], servers: 5 },
  { faults: ["loss", "crash"], servers: 1 }
].flatMap((options, position) =>
  [0, 1].map((half): Plan => {
    const plan = drawPlan(1 + 10 * position + half, options)
    const serverOptions = { ...plan.options, preVote: half === 0, checkQuorum: position % 3 !== 2 }
    return {
      ...plan,
      millis: 6_000,
      options: { ...serverOptions, forwarding: true },
      workload: {
        ...plan.workload,
        readsPerMille: 500,
        forwardsPerMille: 300,
        operationsPerSecond: 20,
        clients: 1
      },
      checkers: "none"
    }
  })
)

const traces = plans.map((plan) => traceOf(plan))

const parsed = traces.map((trace) => trace.map((text) => JSON.parse(text) as Line))

/** The verdict on a trace with one line changed; `undefined` if no trace has a line to change. */
const verdictOn = ({ at, tell }: Falsification): (TraceVerdict & { readonly told: number }) | undefined => {
  for (const [position, lines] of parsed.entries()) {
    const place = lines.findIndex(at)
    if (place === -1) continue
    const trace = traces[position]!.with(place, JSON.stringify(tell(lines[place]!)))
    return { ...checkTrace(trace), told: place + 1 }
  }
  return undefined
}

/** Properties of servers; the others are of clients and of state machines. */
const seenInTraces = [
  "ElectionSafety",
  "LeaderAppendOnly",
  "LogMatching",
  "LeaderCompleteness",
  "StateMachineSafety",
  "TermNeverFalls",
  "OneVotePerTerm",
  "PersistBeforeReply",
  "CommitNeverFalls",
  "OwnTermCommit",
  "ApplyOrder",
  "CommittedNeverRewritten",
  "LogShape",
  "QuorumStoresCommitted"
] as const

describe("the checker of traces", { timeout: 120_000 }, () => {
  it("accepts runs with elections, conflicts, restarts, PreVote, transfers, reads, forwarded commands, snapshots and changes of the members", () => {
    const verdicts = traces.map((trace) => checkTrace(trace))
    assert.deepStrictEqual(
      verdicts.filter(({ _tag }) => _tag === "Rejected"),
      []
    )
    const happened = new Set(
      verdicts.flatMap((verdict) => (verdict._tag === "Accepted" ? Object.keys(verdict.actions) : []))
    )
    assert.deepStrictEqual(
      actionNames.filter((name) => !happened.has(name)),
      []
    )
  })

  it.each(actionNames)("rejects a false %s", (name) => {
    const falsification = falsifications[name]
    const verdict = verdictOn(falsification)
    assert.isDefined(verdict, "no line to tell it in")
    assert(verdict._tag === "Rejected", "accepted")
    assert.strictEqual(verdict.rule, falsification.rule ?? name)
    assert.strictEqual(verdict.line, verdict.told)
  })

  it.each(seenInTraces)("rejects what a reducer does that breaks %s", (property) => {
    const step = mutants[property]
    const isRejected = plans.some((plan) => checkTrace(traceOf(plan, step))._tag === "Rejected")
    assert.isTrue(isRejected)
  })

  it("says that a line is no line of a trace", () => {
    assert.deepInclude(checkTrace(["{"]), { _tag: "Rejected", line: 1, rule: "line" })
    assert.deepInclude(checkTrace([...traces[0]!.slice(0, 3), '{"line":"stepp"}']), { line: 4, rule: "line" })
    assert.deepInclude(checkTrace(traces[0]!.slice(1)), { line: 1, rule: "run" })
  })

  it.each(Object.entries(lies))("rejects a trace in which %s", (_, falsification) => {
    const verdict = verdictOn(falsification)
    assert.isDefined(verdict, "no line to tell it in")
    assert(verdict._tag === "Rejected", "accepted")
    assert.strictEqual(verdict.rule, falsification.rule)
  })
})
