import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Stream } from "effect"
import { sentOf } from "../support/peers.ts"
import {
  gatedDisk,
  makeWire,
  pass,
  persisterOf,
  settle,
  startCluster,
  startElected,
  startServer,
  transportOf
} from "../support/servers.ts"

/** A clock like another, but for how it sleeps and what it reads. */
const clockLike = (
  clock: Clock.Clock,
  { monotonicTimeNanosUnsafe, sleep }: Pick<Clock.Clock, "monotonicTimeNanosUnsafe" | "sleep">
): Clock.Clock => ({
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
  currentTimeNanos: clock.currentTimeNanos,
  monotonicTimeNanosUnsafe,
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep
})

/** The clock in force, with a count of what is asked of it. */
const countingClock = Effect.map(Clock.Clock, (clock) => {
  const asked = { readings: 0, sleeps: 0, sleeping: 0 }
  const counting = clockLike(clock, {
    monotonicTimeNanosUnsafe: () => {
      asked.readings++
      return clock.monotonicTimeNanosUnsafe()
    },
    sleep: (duration) =>
      Effect.suspend(() => {
        asked.sleeps++
        asked.sleeping++
        return Effect.ensuring(
          clock.sleep(duration),
          Effect.sync(() => {
            asked.sleeping--
          })
        )
      })
  })
  return [asked, counting] as const
})

/** A server that leads a cluster of one, on a counted clock; its own time is all that wakes it. */
const startSingle = Effect.fnUntraced(function* () {
  const [asked, clock] = yield* countingClock
  const disk = gatedDisk()
  const wire = yield* makeWire
  const running = yield* startServer({
    id: "s0",
    bootstrap: ["s0"],
    persister: persisterOf(disk),
    transport: transportOf(wire),
    clock
  })
  yield* pass("1 second")
  return { ...running, asked, disk, wire }
})

describe("the loop", () => {
  it.effect(
    "of an idle leader turns once for each heartbeat, reads the clock once a turn and sleeps once",
    () =>
      Effect.gen(function* () {
        const { asked, server } = yield* startSingle()
        assert.isTrue((yield* server.state).isLeader)
        Object.assign(asked, { readings: 0, sleeps: 0 })
        yield* pass("10 seconds")
        assert.strictEqual(asked.readings, 100)
        assert.strictEqual(asked.sleeps, 100)
        assert.strictEqual(asked.sleeping, 1)
      })
  )

  it.effect("of an idle cluster stays within a few turns a heartbeat, and sends heartbeats only", () =>
    Effect.gen(function* () {
      const [asked, clock] = yield* countingClock
      const { cluster, leader } = yield* startElected({ clock })
      Object.assign(asked, { readings: 0, sleeps: 0 })
      for (const { sent } of cluster.members) sent.length = 0
      yield* pass("10 seconds")
      // Per round: the leader's turn for time and at most two for answers, one for each follower; a few for sleepers.
      assert.isAtMost(asked.readings, 800)
      assert.isAtMost(asked.sleeps, 250)
      assert.isAtMost(asked.sleeping, 3)
      assert.lengthOf(sentOf(leader, "HeartbeatRequest"), 200)
      assert.lengthOf(leader.sent, 200)
    })
  )

  it.effect("arms a new sleeper only for an earlier deadline", () =>
    Effect.gen(function* () {
      const { asked, server } = yield* startSingle()
      asked.sleeps = 0
      for (let command = 0; command < 50; command++) yield* server.propose(`${command}`)
      assert.isAtMost(asked.sleeps, 1)
      assert.isAtMost(asked.sleeping, 2)
    })
  )

  it.effect(
    "asks its clock for whole milliseconds, since timers cut fractions off and would wake it early",
    () =>
      Effect.gen(function* () {
        const [asked, clock] = yield* countingClock
        const fractions: Array<number> = []
        const late = clockLike(clock, {
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe() + 345_678n,
          sleep: (duration) => {
            fractions.push(Duration.toMillis(duration) % 1)
            return clock.sleep(Duration.millis(Math.trunc(Duration.toMillis(duration))))
          }
        })
        yield* startServer({
          id: "s0",
          bootstrap: ["s0"],
          persister: persisterOf(gatedDisk()),
          transport: transportOf(yield* makeWire),
          clock: late
        })
        yield* pass("10 seconds")
        assert.isAbove(fractions.length, 90)
        assert.isTrue(fractions.every((fraction) => fraction === 0))
        assert.isAtMost(asked.sleeps, 101)
      })
  )

  it.effect(
    "loses no wake-up: proposers that interleave in every way are all answered within one instant",
    () =>
      Effect.gen(function* () {
        const { leader } = yield* startElected()
        const proposer = Effect.fnUntraced(function* (number: number) {
          for (let round = 0; round < 20; round++) {
            for (let pause = 0; pause < (number * 7 + round * 3) % 11; pause++) yield* Effect.yieldNow
            yield* number % 3 === 0
              ? leader.server.start(`${number}.${round}`)
              : leader.server.propose(`${number}.${round}`)
          }
        })
        const proposers = yield* Effect.forEach(
          Array.from({ length: 60 }, (_, number) => number),
          (number) => Effect.forkChild(proposer(number))
        )
        // No virtual time passes: no heartbeat covers up for a wake-up that was lost.
        for (let round = 0; round < 200; round++) yield* settle
        assert.isTrue(proposers.every((fiber) => fiber.pollUnsafe() !== undefined))
        assert.strictEqual((yield* leader.server.status).lastApplied, 1_200)
      })
  )

  it.effect("a start in the midst of everything is in the log that everybody applies", () =>
    Effect.gen(function* () {
      const { cluster, leader } = yield* startElected()
      const started = yield* Effect.forEach(
        Array.from({ length: 30 }, (_, number) => `${number}`),
        (command) => Effect.andThen(Effect.yieldNow, leader.server.start(command))
      )
      assert.deepStrictEqual(
        started.map(({ index }) => Number(index)),
        started.map((_, position) => position + 1)
      )
      yield* pass("200 millis")
      const logs = yield* Effect.forEach(cluster.members, ({ server }) =>
        Stream.runCollect(Stream.take(server.applied, 30))
      )
      assert.deepStrictEqual(logs[0], logs[1])
      assert.deepStrictEqual(logs[0], logs[2])
    })
  )

  it.effect("a cluster under load yields to other fibers", () =>
    Effect.gen(function* () {
      const { members } = yield* startCluster({ servers: 1 })
      yield* pass("1 second")
      const load = yield* Effect.forkChild(Effect.forever(members[0]!.server.propose("x")), {
        startImmediately: true
      })
      let turns = 0
      while (turns < 1_000) {
        turns++
        yield* Effect.yieldNow
      }
      const { lastApplied } = yield* members[0]!.server.status
      assert.isAbove(lastApplied, 10)
      yield* Fiber.interrupt(load)
    })
  )
})
