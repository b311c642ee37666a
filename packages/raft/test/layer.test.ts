import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Logger, Random, Schema, Stream } from "effect"
import { InvalidOptions, MemoryDisk, MemoryNetwork, RaftServer, StateMachine } from "../src/index.ts"
import { pass } from "./support/servers.ts"

class Counter extends Context.Service<Counter, RaftServer.RaftServer<number, number>>()("test/Counter") {}

const adding = StateMachine.pure({
  command: StateMachine.json(Schema.Number),
  result: Schema.Number,
  initial: 0,
  apply: (total, { command }) => [total + command, total + command]
})

const parts = (network: MemoryNetwork.MemoryNetwork, disk = MemoryDisk.make()) =>
  Layer.merge(MemoryNetwork.layer(network, "s0"), MemoryDisk.layer(disk))

const add = (amount: number) => Effect.flatMap(Counter, (counter) => counter.propose(amount))

describe("RaftServer.layer", () => {
  it.effect("is a server for as long as the layer lives, and ends before its transport", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const errors: Array<string> = []
      const logger = Logger.make<unknown, void>(({ cause }) => void errors.push(Cause.pretty(cause)))
      const live = RaftServer.layer(Counter, { id: "s0", bootstrap: ["s0"], stateMachine: adding }).pipe(
        Layer.provide(parts(network))
      )
      const counter = yield* Effect.gen(function* () {
        yield* pass("1 second")
        assert.strictEqual(yield* add(2), 2)
        assert.strictEqual(yield* add(3), 5)
        return yield* Counter
      }).pipe(Effect.provide(live), Effect.provide(Logger.layer([logger])))
      assert.strictEqual((yield* Effect.flip(counter.propose(1)))._tag, "Stopped")
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(counter.stopped)))
      assert.strictEqual(network.inboxes.size, 0)
      assert.deepStrictEqual(errors, [])
    })
  )

  it.effect("makes its state machine anew for each server, and a value will do as well", () =>
    Effect.gen(function* () {
      const disk = MemoryDisk.make()
      let made = 0
      const counted = Effect.tap(adding, () => Effect.sync(() => void made++))
      const options = { id: "s0", bootstrap: ["s0"] }
      const once = (stateMachine: Effect.Success<typeof adding> | typeof adding) =>
        Effect.andThen(pass("1 second"), add(1)).pipe(
          Effect.provide(
            Layer.provide(
              RaftServer.layer(Counter, { ...options, stateMachine }),
              parts(MemoryNetwork.make(), disk)
            )
          )
        )
      assert.strictEqual(yield* once(counted), 1)
      assert.strictEqual(yield* once(counted), 2)
      assert.strictEqual(made, 2)
      assert.strictEqual(yield* once(yield* adding), 3)
    })
  )

  it.effect("refuses bad options, and passes on what its state machine fails with", () =>
    Effect.gen(function* () {
      const build = <E>(id: string, stateMachine: Effect.Effect<Effect.Success<typeof adding>, E>) =>
        Layer.build(
          Layer.provide(RaftServer.layer(Counter, { id, stateMachine }), parts(MemoryNetwork.make()))
        )
      assert.instanceOf(yield* Effect.flip(build("", adding)), InvalidOptions)
      assert.strictEqual(yield* Effect.flip(build("s0", Effect.fail("no state"))), "no state")
    })
  )
})

describe("make with a transport provided to it alone", () => {
  it.effect("gives a server that has stopped, says so in the log, and names the transport", () => {
    const errors: Array<string> = []
    const logger = Logger.make<unknown, void>(({ cause }) => void errors.push(Cause.pretty(cause)))
    return Effect.gen(function* () {
      const server = yield* RaftServer.make({
        id: "s0",
        bootstrap: ["s0"],
        stateMachine: yield* adding
      }).pipe(Effect.provide(parts(MemoryNetwork.make())))
      yield* pass("1 second")
      assert.isFalse((yield* server.state).isLeader)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(server.stopped)))
      assert.deepStrictEqual(yield* Stream.runCollect(server.applied), [])
      assert.lengthOf(errors, 1)
      assert.include(errors[0], "transport of server s0")
    }).pipe(Random.withSeed(1), Effect.provide(Logger.layer([logger])))
  })
})
