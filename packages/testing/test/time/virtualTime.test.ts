import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Context, Deferred, Effect, Exit, Fiber, Scheduler } from "effect"
import { Deadlock, Livelock, VirtualTime } from "../../src/index.ts"
import { inVirtualTime, virtually } from "../virtual.ts"

const failureOf = <A, E>(exit: Exit.Exit<A, E>): unknown =>
  Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined

describe("virtual time", () => {
  it(
    "starts at 0 and passes only while everybody sleeps",
    virtually(() =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Clock.currentTimeMillis, 0)
        yield* Effect.sleep("1 hour")
        assert.strictEqual(yield* Clock.currentTimeMillis, 3_600_000)
        assert.strictEqual(yield* Clock.monotonicTimeNanos, 3_600_000_000_000n)
        assert.strictEqual(yield* Clock.currentTimeNanos, 3_600_000_000_000n)
      })
    )
  )

  it(
    "wakes sleepers in the order of their times, whatever the order in which they fell asleep",
    virtually(() =>
      Effect.gen(function* () {
        const woken: Array<number> = []
        const sleeper = (millis: number) =>
          Effect.andThen(
            Effect.sleep(millis),
            Effect.sync(() => woken.push(millis))
          )
        const delays = Array.from({ length: 200 }, (_, position) => 1 + ((position * 7919) % 200))
        yield* Effect.all(delays.map(sleeper), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          woken,
          delays.toSorted((left, right) => left - right)
        )
      })
    )
  )

  it(
    "wakes sleepers of equal times first come, first served",
    virtually(() =>
      Effect.gen(function* () {
        const woken: Array<number> = []
        const sleepers = Array.from({ length: 100 }, (_, position) =>
          Effect.andThen(
            Effect.sleep(10),
            Effect.sync(() => woken.push(position))
          )
        )
        yield* Effect.all(sleepers, { concurrency: "unbounded" })
        assert.deepStrictEqual(
          woken,
          sleepers.map((_, position) => position)
        )
      })
    )
  )

  it(
    "lets a woken fiber and all that it sets off settle before the next one wakes",
    virtually(() =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const note = (text: string) => Effect.sync(() => order.push(text))
        const slow = Effect.sleep(5).pipe(
          Effect.andThen(note("first")),
          Effect.andThen(Effect.yieldNow),
          Effect.andThen(note("first, three tasks later").pipe(Effect.forkChild, Effect.flatMap(Fiber.join)))
        )
        const next = Effect.andThen(Effect.sleep(5), note("second"))
        yield* Effect.all([slow, next], { concurrency: "unbounded" })
        assert.deepStrictEqual(order, ["first", "first, three tasks later", "second"])
      })
    )
  )

  it(
    "a sleep that is interrupted wakes nobody and holds up nobody",
    virtually(() =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.sleep("1 day"))
        yield* Effect.sleep(1)
        yield* Fiber.interrupt(fiber)
        yield* Effect.sleep(1)
        assert.strictEqual(yield* Clock.currentTimeMillis, 2)
      })
    )
  )

  it(
    "a sleep of no time lets others run, at the same instant",
    virtually(() =>
      Effect.gen(function* () {
        let isDone = false
        yield* Effect.forkChild(
          Effect.sync(() => {
            isDone = true
          })
        )
        yield* Effect.sleep(0)
        assert.isTrue(isDone)
        assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      })
    )
  )

  it(
    "tasks of a lower priority number run first",
    virtually(() =>
      Effect.gen(function* () {
        const order: Array<number> = []
        const at = (priority: number) =>
          Effect.andThen(
            Effect.yieldNowWith(priority),
            Effect.sync(() => order.push(priority))
          )
        yield* Effect.all([at(2), at(0), at(1), at(0)], { concurrency: "unbounded" })
        assert.deepStrictEqual(order, [0, 0, 1, 2])
      })
    )
  )

  it("is a failure, not a hang, when nothing can ever happen again", () => {
    const stuck = Effect.andThen(Effect.sleep(25), Effect.flatMap(Deferred.make<void>(), Deferred.await))
    const failure = failureOf(VirtualTime.runSyncExit(stuck))
    assert.instanceOf(failure, Deadlock)
    assert.strictEqual(failure.atMillis, 25)
  })

  it("is stuck at the time of the last thing that happened: an interrupted sleep is none", () => {
    const stuck = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.sleep("1 day"))
      yield* Effect.sleep(1)
      yield* Fiber.interrupt(fiber)
      return yield* Effect.never
    })
    const failure = failureOf(VirtualTime.runSyncExit(stuck))
    assert.instanceOf(failure, Deadlock)
    assert.strictEqual(failure.atMillis, 1)
  })

  it("is a failure, not a hang, when time stands still because of tasks", () => {
    const busy = Effect.andThen(Effect.sleep(25), Effect.forever(Effect.yieldNow))
    const failure = failureOf(VirtualTime.runSyncExit(busy))
    assert.instanceOf(failure, Livelock)
    assert.strictEqual(failure.atMillis, 25)
    assert.strictEqual(failure.tasksMax, 100_000)
  })

  it("is a failure, not a hang, when time stands still because of sleeps too short to move it", () => {
    // So late that a nanosecond is less than the clock can tell.
    const busy = Effect.andThen(Effect.sleep("1000 days"), Effect.forever(Effect.sleep("1 nanos")))
    assert.instanceOf(failureOf(VirtualTime.runSyncExit(busy)), Livelock)
  })

  it("is a failure, not a hang, when one fiber never pauses", () => {
    const failure = failureOf(
      VirtualTime.runSyncExit(Effect.forever(Effect.void), { tasksPerInstantMax: 100 })
    )
    assert.instanceOf(failure, Livelock)
  })

  it("as many tasks as the limit at one instant, and at each of many, are no livelock", () => {
    const yields = Effect.forEach(Array.from({ length: 95 }), () => Effect.yieldNow)
    const program = Effect.forEach([1, 2, 3], () => Effect.andThen(yields, Effect.sleep(1)))
    assert.isTrue(Exit.isSuccess(VirtualTime.runSyncExit(program, { tasksPerInstantMax: 100 })))
    assert.isTrue(Exit.isFailure(VirtualTime.runSyncExit(program, { tasksPerInstantMax: 90 })))
  })

  it("gives the program's own failure", () => {
    assert.strictEqual(failureOf(VirtualTime.runSyncExit(Effect.fail("mine"))), "mine")
  })

  it("runs inside another program with that one's services, but on its own clock and scheduler", async () => {
    const Name = Context.Reference("test/Name", { defaultValue: () => "nobody" })
    const inner = Effect.gen(function* () {
      yield* Effect.sleep("1 hour")
      return [yield* Name, yield* Clock.currentTimeMillis] as const
    })
    const outer = VirtualTime.run(inner).pipe(
      Effect.provideService(Name, "somebody"),
      Effect.provideService(Scheduler.Scheduler, new Scheduler.MixedScheduler("sync"))
    )
    assert.deepStrictEqual(await Effect.runPromise(outer), ["somebody", 3_600_000])
  })

  it("equal programs run in equal order", () => {
    const program = Effect.gen(function* () {
      const order: Array<string> = []
      const worker = Effect.fnUntraced(function* (name: number) {
        for (let step = 0; step < 20; step++) {
          yield* Effect.sleep((name * 31 + step * 17) % 13)
          order.push(`${name}.${step}`)
        }
      })
      yield* Effect.all([1, 2, 3, 4].map(worker), { concurrency: "unbounded" })
      return order
    })
    assert.deepStrictEqual(inVirtualTime(program), inVirtualTime(program))
  })
})
