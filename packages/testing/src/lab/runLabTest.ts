/**
 * Runs one test of the suite, on the clock of one's choice, to a result.
 */
import { Cause, Clock, Deferred, Effect, Exit, Random } from "effect"
import type { StateMachine } from "effect-raft"
import { SeededRandom } from "../SeededRandom.ts"
import { failOnLivelock } from "../time/livelock.ts"
import * as TestTime from "../time/testTime.ts"
import * as VirtualTime from "../time/virtualTime.ts"
import * as LabCluster from "./LabCluster.ts"
import { type LabCommand, labStateMachine } from "./labCommand.ts"
import { LabFailure, labFailure } from "./LabFailure.ts"
import { type MakeLabServer, raftServer } from "./LabServer.ts"
import { type LabStorage, memoryStorage } from "./LabStorage.ts"
import type { LabPart, LabTest } from "./LabTest.ts"
import type { LabProfile } from "./profile.ts"
import { Trace, type TraceEvent } from "./Trace.ts"

/** `test`: Effect's `TestClock`; `virtual`: this package's synchronous one; `real`: the surroundings' own. */
export type LabClock = "test" | "virtual" | "real"

export interface LabOptions {
  readonly profile: LabProfile
  readonly seed: number
  /** The state machine under test; by default one that holds nothing. */
  readonly stateMachine?: Effect.Effect<StateMachine.StateMachine<LabCommand, unknown>>
  /** Where servers keep what must survive; by default this library's memory disk. */
  readonly storage?: LabStorage
  /** The transport under test: it carries what the simulated network lets through, which by default does so itself. */
  readonly transport?: LabCluster.MakeCarrier
  /** The servers themselves; by default `RaftServer.make`. It takes the place of `stateMachine`. */
  readonly makeServer?: MakeLabServer
  /** Told everything that happens, in order. */
  readonly onEvent?: (event: TraceEvent) => void
}

export interface LabResult {
  readonly part: LabPart
  readonly test: string
  readonly profile: LabProfile["name"]
  readonly clock: LabClock
  readonly seed: number
  readonly ok: boolean
  /** Seconds on the test's own clock, and on the wall. */
  readonly virtualSeconds: number
  readonly wallSeconds: number
  readonly servers: number
  /** Calls, and bytes of calls and replies, since the test began. */
  readonly rpcs: number
  readonly bytes: number
  /** By how much the highest applied index grew. */
  readonly committed: number
  /** Operations that clients finished since the test began; `undefined` in parts without clients. */
  readonly operations?: number | undefined
  readonly traceHash: string
  readonly warnings: ReadonlyArray<string>
  /** `undefined` when the test passed. */
  readonly failure: LabFailure | undefined
}

/** Virtual time one test may take; looked at when it ends. */
const testLimit = 120_000
/** Virtual time after which a test that has not ended is ended. */
const runLimit = 600_000

/** Runs a test. It always gives a result, also when the test hangs. */
export const runLabTest = (test: LabTest, clock: LabClock, options: LabOptions): Effect.Effect<LabResult> =>
  Effect.gen(function* () {
    const run = new LabRun(test, options)
    const startedAt = yield* Clock.monotonicTimeNanos
    const exit = yield* Effect.exit(onClock(clock, run.effect))
    const wallNanos = (yield* Clock.monotonicTimeNanos) - startedAt
    return run.result(clock, exit, Number(wallNanos) / 1e9)
  })

const onClock = <A, E>(clock: LabClock, effect: Effect.Effect<A, E>) => {
  const guarded = failOnLivelock(effect)
  switch (clock) {
    case "test":
      return TestTime.run(guarded)
    case "virtual":
      return VirtualTime.run(guarded)
    case "real":
      return guarded
  }
}

interface Counters {
  readonly at: number
  readonly rpcs: number
  readonly bytes: number
  readonly maxIndex: number
  readonly operations: number
}

/** One run, with what is known of it even if it never ends. */
class LabRun {
  readonly effect: Effect.Effect<void, LabFailure>
  private readonly test: LabTest
  private readonly options: LabOptions
  private readonly trace: Trace
  private cluster: LabCluster.LabCluster | undefined
  private begun: Counters | undefined
  private ended: Counters | undefined

  constructor(test: LabTest, options: LabOptions) {
    this.test = test
    this.options = options
    this.trace = new Trace(options.onEvent)
    const servers = new SeededRandom(options.seed, "servers").toRandom()
    this.effect = this.body().pipe(Effect.scoped, Effect.provideService(Random.Random, servers))
  }

  result(clock: LabClock, exit: Exit.Exit<void, unknown>, wallSeconds: number): LabResult {
    const { options, test } = this
    const begun = this.begun ?? noCounters
    const ended = this.ended ?? this.counters()
    const failure = Exit.isFailure(exit) ? toFailure(exit.cause, this.cluster) : undefined
    return {
      part: test.part,
      test: test.name,
      profile: options.profile.name,
      clock,
      seed: options.seed,
      ok: failure === undefined,
      virtualSeconds: (ended.at - begun.at) / 1000,
      wallSeconds,
      servers: test.servers,
      rpcs: ended.rpcs - begun.rpcs,
      bytes: ended.bytes - begun.bytes,
      committed: ended.maxIndex - begun.maxIndex,
      operations: test.part === "kv" ? ended.operations - begun.operations : undefined,
      traceHash: this.trace.hash(),
      warnings: this.cluster?.warnings ?? [],
      failure
    }
  }

  private body() {
    const { options, test } = this
    const servers = options.makeServer ?? raftServer(options.stateMachine ?? Effect.succeed(labStateMachine))
    return Effect.gen({ self: this }, function* () {
      const cluster = yield* LabCluster.make({
        servers: test.servers,
        isReliable: test.isReliable,
        profile: { ...options.profile, ...test.rules },
        random: new SeededRandom(options.seed, "harness"),
        trace: this.trace,
        makeServer: test.prepare?.(servers) ?? servers,
        storage: options.storage ?? memoryStorage,
        carrier: options.transport
      })
      this.cluster = cluster
      this.begun = this.counters()
      cluster.network.after(runLimit, () => {
        const late = labFailure(`the test did not end within ${runLimit / 1000} s`)
        Deferred.doneUnsafe(cluster.fatal, Effect.fail(late))
      })

      yield* Effect.raceFirst(test.run(cluster), Deferred.await(cluster.fatal)).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            this.ended = this.counters()
          })
        )
      )
      // The network was made at the very beginning.
      const took = cluster.network.now()
      if (took > testLimit) return yield* labFailure(`test took longer than 120 seconds: ${took / 1000} s`)
    })
  }

  private counters(): Counters {
    const { cluster } = this
    if (cluster === undefined) return noCounters
    const { network } = cluster
    return {
      at: network.now(),
      rpcs: network.totalRpcs,
      bytes: network.totalBytes,
      maxIndex: cluster.history.maxIndex,
      operations: cluster.operations
    }
  }
}

const noCounters: Counters = { at: 0, rpcs: 0, bytes: 0, maxIndex: 0, operations: 0 }

const toFailure = (cause: Cause.Cause<unknown>, cluster: LabCluster.LabCluster | undefined): LabFailure => {
  const error = Cause.squash(cause)
  if (error instanceof LabFailure) return error
  const assertion = error instanceof Error && !Cause.hasDies(cause) ? error.message : Cause.pretty(cause)
  return labFailure(assertion, cluster?.history.describe() ?? [])
}
