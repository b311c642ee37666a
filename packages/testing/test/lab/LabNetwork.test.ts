import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Option } from "effect"
import { LabRpc, type LinkEnd, makeLabNetwork, SeededRandom } from "../../src/index.ts"
import type { LabNetwork } from "../../src/index.ts"
import { virtually } from "../virtual.ts"

const makeNetwork = (seed = 1) =>
  makeLabNetwork({
    random: new SeededRandom(seed),
    onDefect: (error) => {
      throw error
    }
  })

/** A network with one server and one enabled end to it. */
const makePair = Effect.fnUntraced(function* (handlers: Record<string, LabRpc.RpcHandler>, seed: number = 1) {
  const network = yield* makeNetwork(seed)
  const server = yield* LabRpc.register(network, "server", handlers)
  const end = network.makeEnd("client", "server")
  end.enabled = true
  return { network, server, end }
})

const int = (value: unknown): number => Number(value)
const handlers = {
  text: (argument: unknown) => Effect.succeed(`handled ${int(argument)}`),
  size: (argument: unknown) => Effect.succeed(String(argument).length),
  fill: (argument: unknown) => Effect.succeed("y".repeat(int(argument)))
}

const callAll = (network: LabNetwork, ends: ReadonlyArray<LinkEnd>, argument: (position: number) => number) =>
  Effect.all(
    ends.map((end, position) => LabRpc.call(network, end, "text", argument(position))),
    { concurrency: "unbounded" }
  )

describe("the simulated network (acceptance tests of the suite)", () => {
  it(
    "two handlers with different arguments and replies answer over an enabled end",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "text", 111), Option.some("handled 111"))
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "size", "four"), Option.some(4))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a disabled end gets no reply; once enabled it works",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        end.enabled = false
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "text", 1), Option.none())
        end.enabled = true
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "text", 1), Option.some("handled 1"))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "17 calls count as 17",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        for (let call = 0; call < 17; call++) yield* LabRpc.call(network, end, "text", call)
        assert.strictEqual(network.rpcCount("server"), 17)
        assert.strictEqual(network.totalRpcs, 17)
      }).pipe(Effect.scoped)
    )
  )

  // The suite's own bounds hold for our codec too: JSON text adds two quotes to a text.
  it(
    "bytes of calls and replies are counted",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        for (let call = 0; call < 17; call++) yield* LabRpc.call(network, end, "size", "x".repeat(284))
        assert.isTrue(network.totalBytes >= 4828 && network.totalBytes <= 6000)
        assert.strictEqual(network.totalBytes, 17 * (286 + "284".length))

        const before = network.totalBytes
        for (let call = 0; call < 17; call++) yield* LabRpc.call(network, end, "fill", 107)
        const more = network.totalBytes - before
        assert.isTrue(more >= 1800 && more <= 2500)
        assert.strictEqual(more, 17 * ("107".length + 109))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "20 clients with 10 calls each, at once: all 200 are right",
    virtually(() =>
      Effect.gen(function* () {
        const { network } = yield* makePair(handlers)
        const client = Effect.fnUntraced(function* (name: number) {
          const end = network.makeEnd(`client ${name}`, "server")
          end.enabled = true
          for (let call = 0; call < 10; call++) {
            const argument = name * 100 + call
            const reply = yield* LabRpc.call(network, end, "text", argument)
            assert.deepStrictEqual(reply, Option.some(`handled ${argument}`))
          }
        })
        yield* Effect.all(
          Array.from({ length: 20 }, (_, name) => client(name)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(network.rpcCount("server"), 200)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "unreliable: of 300 clients some succeed and some fail, about 81 % and 19 %",
    virtually(() =>
      Effect.gen(function* () {
        const { network } = yield* makePair(handlers)
        network.reliable = false
        const ends = Array.from({ length: 300 }, (_, name) => network.makeEnd(`client ${name}`, "server"))
        for (const end of ends) end.enabled = true
        const replies = yield* callAll(network, ends, (position) => position)
        const succeeded = replies.filter((reply) => Option.isSome(reply)).length
        assert.closeTo(succeeded, 243, 30)
        // A tenth of the requests never reached the handler; of the others a tenth lost the reply only.
        assert.closeTo(network.rpcCount("server"), 270, 25)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "20 calls at once over one end are all delivered",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        const replies = yield* callAll(
          network,
          Array.from({ length: 20 }, () => end),
          (position) => position
        )
        assert.deepStrictEqual(
          replies,
          replies.map((_, position) => Option.some(`handled ${position}`))
        )
        assert.strictEqual(network.rpcCount("server"), 20)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "calls over a disabled end do not hold up the first one after it is enabled",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        end.enabled = false
        for (let call = 0; call < 20; call++) {
          yield* Effect.forkChild(LabRpc.call(network, end, "text", call), { startImmediately: true })
        }
        yield* Effect.sleep(100)
        end.enabled = true
        const from = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "text", 99), Option.some("handled 99"))
        assert.isAtMost((yield* Clock.currentTimeMillis) - from, 30)
        assert.strictEqual(network.rpcCount("server"), 1)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a call in a handler that takes 20 s waits, and fails soon after its server is deleted",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair({ slow: () => Effect.as(Effect.sleep(20_000), "late") })
        const call = yield* Effect.forkChild(LabRpc.call(network, end, "slow", 0))
        yield* Effect.sleep(1100)
        assert.isUndefined(call.pollUnsafe())
        // Between two polls of 100 ms, and just after one of a longer interval.
        yield* Effect.sleep(210)
        network.delete("server")
        const from = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* Fiber.join(call), Option.none())
        assert.isAtMost((yield* Clock.currentTimeMillis) - from, 100)
      }).pipe(Effect.scoped)
    )
  )
})

describe("the simulated network, step by step", () => {
  const failTimes = Effect.fnUntraced(function* (network: LabNetwork, end: LinkEnd) {
    const times = yield* Effect.all(
      Array.from({ length: 300 }, () =>
        Effect.andThen(LabRpc.call(network, end, "text", 0), Clock.currentTimeMillis)
      ),
      { concurrency: "unbounded" }
    )
    return times.toSorted((left, right) => left - right)
  })

  it(
    "a disabled end fails after 0 to 99 ms",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        end.enabled = false
        const times = yield* failTimes(network, end)
        assert.isAtLeast(times[0]!, 0)
        assert.isBelow(times[0]!, 10)
        assert.isAbove(times.at(-1)!, 90)
        assert.isAtMost(times.at(-1)!, 99)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "with long delays a server that does not exist fails after up to 6999 ms",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork()
        network.longDelays = true
        const end = network.makeEnd("client", "nobody")
        end.enabled = true
        const times = yield* failTimes(network, end)
        assert.isAbove(times.at(-1)!, 6500)
        assert.isAtMost(times.at(-1)!, 6999)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "unreliable requests take 0 to 26 ms, and a lost one fails at that moment",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        network.reliable = false
        const times = yield* failTimes(network, end)
        assert.isAtMost(times.at(-1)!, 26)
        assert.isAbove(times.at(-1)!, 20)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a request in flight when its end is disabled still arrives; its reply does not",
    virtually(() =>
      Effect.gen(function* () {
        // The delay of this seed's first call is not 0.
        const { network, end } = yield* makePair(handlers, 2)
        network.reliable = false
        const call = yield* Effect.forkChild(LabRpc.call(network, end, "text", 1), { startImmediately: true })
        end.enabled = false
        assert.deepStrictEqual(yield* Fiber.join(call), Option.none())
        assert.isAbove(yield* Clock.currentTimeMillis, 0)
        assert.strictEqual(network.rpcCount("server"), 1)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "the flags that count are those of the moment of the call",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair({ slow: () => Effect.as(Effect.sleep(10), "done") })
        const calls = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 200 }, () => LabRpc.call(network, end, "slow", 0)),
            { concurrency: "unbounded" }
          ),
          { startImmediately: true }
        )
        network.reliable = false
        network.longReordering = true
        const replies = yield* Fiber.join(calls)
        assert.isTrue(replies.every((reply) => Option.isSome(reply)))
        assert.strictEqual(yield* Clock.currentTimeMillis, 10)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a reply is lost when the server was replaced while its handler ran",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair({ slow: () => Effect.as(Effect.sleep(50), "old") })
        const call = yield* Effect.forkChild(LabRpc.call(network, end, "slow", 0), { startImmediately: true })
        yield* LabRpc.register(network, "server", { slow: () => Effect.succeed("new") })
        assert.deepStrictEqual(yield* Fiber.join(call), Option.none())
        assert.strictEqual(yield* Clock.currentTimeMillis, 50)
        assert.strictEqual(network.rpcCount("server"), 0)
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "slow", 0), Option.some("new"))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "while a handler runs its caller looks at the link every 100 ms, and gives up when it is cut",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair({ slow: () => Effect.as(Effect.sleep(350), "done") })
        const cutAt = Effect.fnUntraced(function* (from: number, through: number) {
          const startedAt = yield* Clock.currentTimeMillis
          const call = yield* Effect.forkChild(LabRpc.call(network, end, "slow", 0), {
            startImmediately: true
          })
          yield* Effect.sleep(from)
          end.enabled = false
          yield* Effect.sleep(through - from)
          end.enabled = true
          const reply = yield* Fiber.join(call)
          return [Option.isSome(reply), (yield* Clock.currentTimeMillis) - startedAt] as const
        })
        assert.deepStrictEqual(yield* cutAt(30, 60), [true, 350])
        assert.deepStrictEqual(yield* cutAt(130, 220), [false, 220])
        assert.deepStrictEqual(yield* cutAt(0, 340), [false, 340])
        const calledAt = network.now()
        yield* Effect.forkChild(
          Effect.andThen(
            Effect.sleep(130),
            Effect.sync(() => {
              end.enabled = false
            })
          )
        )
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "slow", 0), Option.none())
        assert.strictEqual(network.now() - calledAt, 200)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "long reordering holds back two thirds of the replies by 200 to 2199 ms",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        network.longReordering = true
        const times = yield* failTimes(network, end)
        const late = times.filter((time) => time > 0)
        assert.closeTo(late.length, 200, 25)
        assert.isAtLeast(late[0]!, 200)
        assert.isAtMost(late.at(-1)!, 2199)
        assert.closeTo(late.reduce((total, time) => total + time, 0) / late.length, 700, 100)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "bytes of a reply count when it is delivered, and only then",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair({ slow: () => Effect.as(Effect.sleep(50), "four") })
        const call = yield* Effect.forkChild(LabRpc.call(network, end, "slow", 1), { startImmediately: true })
        assert.strictEqual(network.totalBytes, 1)
        yield* Fiber.join(call)
        assert.strictEqual(network.totalBytes, 1 + 6)
        end.enabled = false
        yield* LabRpc.call(network, end, "slow", 1)
        assert.strictEqual(network.totalBytes, 2 + 6)
        assert.strictEqual(network.totalRpcs, 2)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "an argument is what it was when the call was made",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair({ echo: (argument) => Effect.succeed(argument) })
        network.longReordering = true
        const argument = { value: 1 }
        const call = yield* Effect.forkChild(LabRpc.call(network, end, "echo", argument), {
          startImmediately: true
        })
        argument.value = 2
        assert.deepStrictEqual(yield* Fiber.join(call), Option.some({ value: 1 }))
      }).pipe(Effect.scoped)
    )
  )

  it(
    "after shutdown every call fails at once",
    virtually(() =>
      Effect.gen(function* () {
        const { network, end } = yield* makePair(handlers)
        yield* network.shutdown
        assert.deepStrictEqual(yield* LabRpc.call(network, end, "text", 1), Option.none())
        assert.strictEqual(network.totalRpcs, 0)
      }).pipe(Effect.scoped)
    )
  )
})
