import { assert, describe, it } from "@effect/vitest"
import type { KvResult } from "@effect-raft/kv"
import { Duration, Effect, Fiber, Layer, Result, Stream } from "effect"
import {
  NotLeader,
  OutcomeUnknown,
  Overloaded,
  type RaftServer,
  StorageFailed,
  Stopped,
  Superseded,
  TransferFailed
} from "effect-raft"
import { TestClock } from "effect/testing"
import { Client } from "../../src/demo/Client.ts"
import { Cluster, type KvServer } from "../../src/demo/Cluster.ts"
import type { ServerName } from "../../src/demo/instruction.ts"

type Reply = KvResult | RaftServer.ProposeError | RaftServer.TransferError

const stored: KvResult = { _tag: "Stored" }
const here = { server: "1", index: 1, term: 1 }
const knowsNone = new NotLeader({ server: "1", leader: undefined })
const names = (leader: ServerName) => new NotLeader({ server: "1", leader })

type Script = Partial<Record<ServerName, ReadonlyArray<Reply>>>

/** Proposes an append to servers that reply as told, the last of a list for ever after. */
const propose = (script: Script) =>
  play(script, (client) => client.propose({ _tag: "Append", key: "k", value: "v" }))

/** Asks for server 3 to lead; whatever is no error means that it does. */
const transfer = (script: Script) =>
  play(script, (client) => Effect.as(client.transferTo("3"), { _tag: "Transferred" }))

const play = Effect.fnUntraced(function* <E extends { readonly _tag: string; readonly message: string }>(
  script: Script,
  ask: (client: Client["Service"]) => Effect.Effect<{ readonly _tag: string }, E>
) {
  const asked: Array<string> = []
  const servers = Object.entries(script).map(([name, replies]) => {
    const reply = Effect.suspend(() => {
      const times = asked.filter((other) => other === name).length
      asked.push(name)
      const value = replies[Math.min(times, replies.length - 1)] ?? stored
      return value instanceof Error ? Effect.fail(value) : Effect.succeed(value)
    })
    // The client calls nothing else.
    const server = { propose: () => reply, transferLeadership: () => reply } as unknown as KvServer
    return [name as ServerName, server] as const
  })
  const cluster = Layer.succeed(Cluster, {
    reachable: Effect.succeed(new Map(servers)),
    status: Effect.succeed([]),
    connect: () => Effect.void,
    disconnect: () => Effect.void,
    crash: () => Effect.void,
    restart: () => Effect.void,
    news: Stream.empty
  })
  const fiber = yield* Client.use(ask).pipe(
    Effect.provide(Client.layer.pipe(Layer.provide(cluster))),
    Effect.result,
    Effect.timed,
    Effect.forkChild({ startImmediately: true })
  )
  yield* TestClock.adjust(Duration.minutes(1))
  const [elapsed, result] = yield* Fiber.join(fiber)
  const outcome = Result.isSuccess(result) ? result.success._tag : result.failure._tag
  return { asked, outcome, result, seconds: Duration.toSeconds(elapsed) }
})

describe("a client", () => {
  it.effect("follows the hint to the leader", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* propose({ 1: [names("3")], 2: [knowsNone], 3: [stored] })
      assert.deepStrictEqual(asked, ["1", "3"])
      assert.strictEqual(outcome, "Stored")
    })
  )

  it.effect("asks one after the other while nobody knows a leader", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* propose({ 1: [knowsNone], 2: [knowsNone, stored], 3: [knowsNone] })
      assert.deepStrictEqual(asked, ["1", "2", "3", "1", "2"])
      assert.strictEqual(outcome, "Stored")
    })
  )

  it.effect("does not follow a hint to a server that it cannot reach, and passes over such a neighbour", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* propose({ 1: [names("2")], 3: [names("2"), stored] })
      assert.deepStrictEqual(asked, ["1", "3", "1", "3"])
      assert.strictEqual(outcome, "Stored")
    })
  )

  it.effect("repeats what took effect nowhere and never will", () =>
    Effect.gen(function* () {
      for (const error of [new Superseded(here), new Overloaded(here), new Stopped(here), knowsNone]) {
        const { asked, outcome } = yield* propose({ 1: [error, stored], 2: [names("1")] })
        assert.deepStrictEqual(asked, ["1", "2", "1"], error._tag)
        assert.strictEqual(outcome, "Stored", error._tag)
      }
    })
  )

  it.effect("never repeats a command whose outcome is unknown, though there is a majority to ask", () =>
    Effect.gen(function* () {
      const timeout = new OutcomeUnknown({ ...here, reason: "Timeout" })
      const failure = new StorageFailed({ server: "1", operation: "submit", cause: "no space" })
      for (const error of [timeout, failure]) {
        const { asked, outcome } = yield* propose({ 1: [error, stored], 2: [stored], 3: [stored] })
        assert.deepStrictEqual(asked, ["1"])
        assert.strictEqual(outcome, error._tag)
      }
    })
  )

  it.effect("gives up after five seconds without a leader, and says that there was a majority", () =>
    Effect.gen(function* () {
      const { outcome, result, seconds } = yield* propose({ 1: [knowsNone], 2: [knowsNone] })
      assert.strictEqual(outcome, "NoLeader")
      assert.closeTo(seconds, 5, 0.1)
      assert.include(Result.isFailure(result) ? result.failure.message : "", "though a majority is up")
    })
  )

  it.effect("gives up at once where no election can be won", () =>
    Effect.gen(function* () {
      const { asked, outcome, seconds } = yield* propose({ 2: [names("1")] })
      assert.deepStrictEqual([asked, outcome, seconds], [["2"], "NoLeader", 0])
    })
  )

  it.effect("asks the leader to hand over, whoever that is", () =>
    Effect.gen(function* () {
      const { asked, outcome } = yield* transfer({ 1: [names("2")], 2: [stored], 3: [knowsNone] })
      assert.deepStrictEqual(asked, ["1", "2"])
      assert.strictEqual(outcome, "Transferred")
    })
  )

  it.effect("asks for a transfer once: what came of it is the answer", () =>
    Effect.gen(function* () {
      const lost = new TransferFailed({ server: "1", target: "3", reason: "Lost" })
      const { asked, outcome } = yield* transfer({ 1: [lost, stored], 2: [stored], 3: [stored] })
      assert.deepStrictEqual(asked, ["1"])
      assert.strictEqual(outcome, "TransferFailed")
    })
  )

  it.effect("without a leader there is nothing to hand over", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* transfer({ 2: [knowsNone] })).outcome, "NoLeader")
    })
  )
})
