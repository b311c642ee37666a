import type { Message } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Queue, Stream } from "effect"
import { MemoryNetwork, Transport } from "effect-raft"
import {
  type LabOptions,
  type LabTest,
  labTests,
  makeLabNetwork,
  mit,
  runLabTest,
  SeededRandom
} from "../../src/index.ts"
import * as LabTransport from "../../src/lab/labTransport.ts"
import { virtually } from "../virtual.ts"
import { heartbeat, unreachable } from "./messages.ts"

const makeNetwork = makeLabNetwork({
  random: new SeededRandom(1),
  onDefect: (error) => {
    throw error
  }
})

type Network = Effect.Success<typeof makeNetwork>

/** The transport of `id`, with enabled ends to `peers`, and what arrives there. */
const join = Effect.fnUntraced(function* (
  network: Network,
  id: string,
  peers: ReadonlyArray<string>,
  carrier?: Transport.Transport["Service"]
) {
  const ends = peers.map((peer) => {
    const end = network.makeEnd(id, peer)
    end.enabled = true
    return end
  })
  const lab = yield* LabTransport.make({
    network,
    ends: new Map(ends.map((end) => [end.serverName, end])),
    carrier
  })
  const received: Array<Transport.Inbound> = []
  yield* Effect.forkScoped(
    Stream.runForEach(lab.transport.incoming, (inbound) => Effect.sync(() => received.push(inbound)))
  )
  network.register(id, lab.networkServer)
  return { ends, received, send: lab.transport.send }
})

const response = (from: string, to: string, number: number): Message => ({
  ...heartbeat(from, to, number),
  _tag: "HeartbeatResponse",
  accepted: true
})
const vote = (from: string, to: string, number: number): Message => ({
  ...heartbeat(from, to, number),
  _tag: "RequestVoteResponse",
  voteGranted: true
})
const arrived = (message: Message): Transport.Inbound => ({ _tag: "MessageReceived", message })
const settle = Effect.sleep(1)

describe("a server's transport over the simulated network", () => {
  it(
    "a request is a call and its response the reply",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork
        const [a, b] = [yield* join(network, "a", ["b"]), yield* join(network, "b", ["a"])]
        const request = heartbeat("a", "b", 7)
        yield* a.send([request])
        yield* settle
        assert.deepStrictEqual(b.received, [arrived(request)])
        assert.deepStrictEqual(a.received, [])
        yield* b.send([response("b", "a", 7)])
        yield* settle
        assert.deepStrictEqual(a.received, [arrived(response("b", "a", 7))])
        assert.deepStrictEqual([network.totalRpcs, network.rpcCount("b"), network.rpcCount("a")], [1, 1, 0])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a response that nobody asked for, or of another kind, goes nowhere",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork
        const [a, b] = [yield* join(network, "a", ["b"]), yield* join(network, "b", ["a"])]
        yield* a.send([heartbeat("a", "b", 7)])
        yield* settle
        yield* b.send([response("b", "a", 8), vote("b", "a", 7)])
        yield* settle
        assert.deepStrictEqual(a.received, [])
        yield* b.send([response("b", "a", 7), response("b", "a", 7)])
        yield* settle
        assert.lengthOf(a.received, 1)
      }).pipe(Effect.scoped)
    )
  )

  it(
    "a call that fails tells its sender which one it was, after its delay",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork
        const a = yield* join(network, "a", ["b"])
        yield* a.send([heartbeat("a", "b", 7)])
        yield* Effect.sleep(100)
        assert.deepStrictEqual(a.received, [unreachable("b", 7)])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "two lives of one caller that use the same sequence get their own replies",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork
        const b = yield* join(network, "b", ["a"])
        const old = yield* join(network, "a", ["b"])
        yield* old.send([heartbeat("a", "b", 7)])
        for (const end of old.ends) end.enabled = false
        const young = yield* join(network, "a", ["b"])
        yield* young.send([heartbeat("a", "b", 7)])
        yield* settle
        assert.lengthOf(b.received, 2)
        yield* b.send([response("b", "a", 7)])
        yield* settle
        assert.deepStrictEqual(old.received, [unreachable("b", 7)])
        assert.deepStrictEqual(young.received, [])
        yield* b.send([response("b", "a", 7)])
        yield* settle
        assert.deepStrictEqual(young.received, [arrived(response("b", "a", 7))])
      }).pipe(Effect.scoped)
    )
  )
})

/** A carrier that takes 5 ms, and notes what it carries. */
const makeCarriers = () => {
  const carried: Array<string> = []
  const inboxes = new Map<string, Queue.Queue<Transport.Inbound>>()
  const carrier = Effect.fnUntraced(function* (id: string) {
    const inbox = yield* Queue.unbounded<Transport.Inbound>()
    inboxes.set(id, inbox)
    return Transport.Transport.of({
      send: (messages) =>
        Effect.forEach(
          messages,
          (message) =>
            Effect.andThen(
              Effect.sleep(5),
              Effect.sync(() => {
                carried.push(`${message._tag} ${message.from}→${message.to}`)
                const peer = inboxes.get(message.to)
                if (peer !== undefined) Queue.offerUnsafe(peer, arrived(message))
              })
            ),
          { discard: true }
        ),
      incoming: Stream.fromQueue(inbox)
    })
  })
  return { carried, carrier }
}

describe("a transport of one's own", () => {
  it(
    "carries requests and responses that the simulated network lets through, and no others",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork
        const { carried, carrier } = makeCarriers()
        const a = yield* join(network, "a", ["b", "c"], yield* carrier("a"))
        const b = yield* join(network, "b", ["a"], yield* carrier("b"))
        yield* a.send([heartbeat("a", "b", 7), heartbeat("a", "c", 8)])
        yield* Effect.sleep(6)
        assert.deepStrictEqual(b.received, [arrived(heartbeat("a", "b", 7))])
        yield* b.send([response("b", "a", 7)])
        yield* Effect.sleep(6)
        assert.deepStrictEqual(a.received, [arrived(response("b", "a", 7))])
        assert.deepStrictEqual(carried, ["HeartbeatRequest a→b", "HeartbeatResponse b→a"])
      }).pipe(Effect.scoped)
    )
  )

  it(
    "brings nothing to a new life that was meant for the old one",
    virtually(() =>
      Effect.gen(function* () {
        const network = yield* makeNetwork
        const { carrier } = makeCarriers()
        const a = yield* join(network, "a", ["b"], yield* carrier("a"))
        yield* join(network, "b", ["a"], yield* carrier("b"))
        yield* a.send([heartbeat("a", "b", 7)])
        const young = yield* join(network, "b", ["a"], yield* carrier("b"))
        yield* Effect.sleep(200)
        assert.deepStrictEqual(young.received, [])
        assert.deepStrictEqual(a.received, [unreachable("b", 7)])
      }).pipe(Effect.scoped)
    )
  )

  it("may be the library's MemoryNetwork", async () => {
    const test = labTests.find(({ name }) => name === "basic persistence") as LabTest
    const network = MemoryNetwork.make()
    const transport: LabOptions["transport"] = (id) =>
      Effect.map(Layer.build(MemoryNetwork.layer(network, id)), (context) =>
        Context.get(context, Transport.Transport)
      )
    const { failure } = await Effect.runPromise(
      runLabTest(test, "virtual", { profile: mit, seed: 1, transport })
    )
    assert.isUndefined(failure)
  })
})
