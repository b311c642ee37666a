import { groupId, incarnation, logIndex, type Message, sequence, serverId, term } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { MemoryNetwork, Transport } from "../src/index.ts"
import { settle } from "./support/servers.ts"

const message = (from: string, to: string, number: number): Message => ({
  _tag: "HeartbeatRequest",
  group: groupId(0),
  from: serverId(from),
  incarnation: incarnation(1),
  to: serverId(to),
  term: term(1),
  sequence: sequence(number),
  leaderCommit: logIndex(0)
})

/** A transport on the network, in a scope of its own. */
const join = Effect.fnUntraced(function* (network: MemoryNetwork.MemoryNetwork, id: string) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const context = yield* Layer.buildWithScope(MemoryNetwork.layer(network, id), scope)
  const transport = yield* Effect.provide(Transport.Transport, context)
  return { ...transport, leave: Scope.close(scope, Exit.void) }
})

const take = (transport: Transport.Transport["Service"], count: number) =>
  Effect.map(Stream.runCollect(Stream.take(transport.incoming, count)), (inbound) =>
    inbound.map((event) =>
      event._tag === "MessageReceived"
        ? `${event.message.from} ${event.message.sequence}`
        : `no ${event.peer} ${event.sequence}`
    )
  )

describe("a network in memory", () => {
  it.effect("brings each message to its addressee, in the order of each link", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const [s0, s1, s2] = [
        yield* join(network, "s0"),
        yield* join(network, "s1"),
        yield* join(network, "s2")
      ]
      yield* s0.send([message("s0", "s1", 1), message("s0", "s2", 2), message("s0", "s1", 3)])
      yield* s2.send([message("s2", "s1", 1)])
      yield* s0.send([message("s0", "s1", 4)])
      assert.deepStrictEqual(yield* take(s1, 4), ["s0 1", "s0 3", "s2 1", "s0 4"])
      assert.deepStrictEqual(yield* take(s2, 1), ["s0 2"])
    })
  )

  it.effect("tells the sender of what it cannot deliver: to or from whoever is cut off, or not there", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const [s0, s1] = [yield* join(network, "s0"), yield* join(network, "s1")]
      MemoryNetwork.disconnect(network, "s1")
      assert.isFalse(MemoryNetwork.isConnected(network, "s1"))
      yield* s0.send([message("s0", "s1", 1), message("s0", "s9", 2)])
      yield* s1.send([message("s1", "s0", 3)])
      assert.deepStrictEqual(yield* take(s0, 2), ["no s1 1", "no s9 2"])
      assert.deepStrictEqual(yield* take(s1, 1), ["no s0 3"])

      MemoryNetwork.connect(network, "s1")
      assert.isTrue(MemoryNetwork.isConnected(network, "s1"))
      yield* s0.send([message("s0", "s1", 4)])
      assert.deepStrictEqual(yield* take(s1, 1), ["s0 4"])
    })
  )

  it.effect("an inbox that nobody empties loses its oldest messages, and blocks no sender", () =>
    Effect.gen(function* () {
      const network = MemoryNetwork.make()
      const [s0, s1] = [yield* join(network, "s0"), yield* join(network, "s1")]
      const count = 70_000
      yield* s0.send(Array.from({ length: count }, (_, position) => message("s0", "s1", position + 1)))
      const received = yield* Stream.runCollect(
        Stream.takeUntil(
          s1.incoming,
          (event) => event._tag === "MessageReceived" && event.message.sequence === count
        )
      )
      assert.lengthOf(received, 65_536)
    })
  )

  it.effect(
    "a server that leaves takes its inbox with it, and a successor of the same name gets its own",
    () =>
      Effect.gen(function* () {
        const network = MemoryNetwork.make()
        const [s0, first] = [yield* join(network, "s0"), yield* join(network, "s1")]
        const listening = yield* Effect.forkChild(Stream.runDrain(first.incoming), { startImmediately: true })
        const second = yield* join(network, "s1")
        yield* first.leave
        yield* settle
        assert.isDefined(listening.pollUnsafe())
        yield* Fiber.await(listening)
        yield* s0.send([message("s0", "s1", 1)])
        assert.deepStrictEqual(yield* take(second, 1), ["s0 1"])
        yield* second.leave
        yield* s0.send([message("s0", "s1", 2)])
        assert.deepStrictEqual(yield* take(s0, 1), ["no s1 2"])
        assert.deepStrictEqual([...network.inboxes.keys()], ["s0"])
      })
  )
})
