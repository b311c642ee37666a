import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric, Tracer } from "effect"
import { startLeading } from "../support/peers.ts"
import { pass, settle, startCluster } from "../support/servers.ts"

/** The metrics of server `s0`, by name; of a histogram how many values it took, and their sum. */
const metrics = Effect.map(Metric.snapshot, (snapshots) =>
  Object.fromEntries(
    snapshots.flatMap((metric) =>
      metric.attributes?.["server"] === "s0" ? [[metric.id, valueOf(metric)] as const] : []
    )
  )
)

const valueOf = (metric: Metric.Metric.Snapshot): unknown => {
  if (metric.type === "Counter") return metric.state.count
  if (metric.type === "Gauge") return metric.state.value
  if (metric.type === "Histogram") return { count: metric.state.count, sum: metric.state.sum }
  throw new Error(`a ${metric.type} is new here`)
}

/** A registry for this test alone. */
const isolated = Effect.provideService(Metric.MetricRegistry, new Map())

describe("telemetry", () => {
  it.effect("counts what a scripted life did, and shows where it stands", () =>
    Effect.gen(function* () {
      const { members } = yield* startCluster({ servers: 1 })
      const [only] = members
      yield* pass("600 millis")
      only!.disk.gate.closeUnsafe()
      const slow = yield* Effect.forkChild(only!.server.propose("slow"))
      yield* settle
      // These two are written together, after the slow one.
      for (const command of ["x", "y"]) yield* Effect.andThen(only!.server.start(command), settle)
      yield* pass("40 millis")
      yield* only!.disk.gate.open
      yield* Fiber.join(slow)
      for (const command of ["a", "b", "c"]) yield* only!.server.propose(command)
      yield* settle

      assert.deepStrictEqual(yield* metrics, {
        raft_term: 1,
        raft_role: 3,
        raft_commit_index: 6,
        raft_apply_lag: 0,
        raft_elections_total: 1,
        raft_writes_total: 7,
        raft_storage_sync_ms: { count: 6, sum: 40 },
        raft_propose_ms: { count: 4, sum: 40 }
      })
    }).pipe(isolated)
  )

  it.effect("counts every message that leaves", () =>
    Effect.gen(function* () {
      const { wire } = yield* startLeading()
      yield* pass("10 seconds")
      const { raft_messages_sent_total: counted } = yield* metrics
      assert.isAbove(wire.sent.length, 200)
      assert.strictEqual(counted, wire.sent.length)
    }).pipe(isolated)
  )

  it.effect("a server that has stopped is not shown as a leader", () =>
    Effect.gen(function* () {
      const { stop } = yield* startLeading()
      assert.deepInclude(yield* metrics, { raft_role: 3 })
      yield* stop
      assert.deepInclude(yield* metrics, { raft_role: 0 })
    }).pipe(isolated)
  )

  it.effect("a proposal is a span that names its server and ends as the proposal does", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function* () {
      const { server } = yield* startLeading()
      const proposed = yield* Effect.forkChild(server.propose("x"))
      yield* settle
      const [span] = spans
      assert.deepStrictEqual([span?.name, span?.status._tag], ["RaftServer.propose", "Started"])
      assert.strictEqual(span?.attributes.get("server"), "s0")
      yield* Fiber.interrupt(proposed)
      assert.strictEqual(span?.status._tag, "Ended")
    }).pipe(Effect.withTracer(tracer))
  })
})
