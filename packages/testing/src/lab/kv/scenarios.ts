/**
 * The tests of part kv that are not generic: speed, many appends to one key,
 * one partition, snapshots that travel and snapshots that stay small.
 */
import { Effect, Fiber } from "effect"
import { E } from "../agreement.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import { appended, appendsProblem } from "./appends.ts"
import type { Clerk } from "./Clerk.ts"
import type { KvLab } from "./KvLab.ts"

const check = Effect.fnUntraced(function* (clerk: Clerk, key: string, value: string) {
  const found = yield* clerk.get(key)
  if (found !== value) {
    return yield* labFailure(`get ${JSON.stringify(key)}: expected ${value}, received ${found}`)
  }
})

const operations = 1000
/** Three operations in the time of one heartbeat: none may wait for the next (ms). */
const speedLimit = operations * (100 / 3)

export const speed = Effect.fnUntraced(function* (kv: KvLab): Effect.fn.Return<void, LabFailure> {
  const clerk = kv.makeClerk()
  yield* clerk.get("x")
  const startedAt = kv.lab.network.now()
  for (let number = 0; number < operations; number++) yield* clerk.append("x", appended(0, number))
  const took = kv.lab.network.now() - startedAt

  const problem = appendsProblem(yield* clerk.get("x"), new Map([[0, operations]]))
  if (problem !== undefined) return yield* problem
  if (took > speedLimit) {
    const [each, allowed] = [took, speedLimit].map((millis) => (millis / operations).toFixed(1))
    return yield* labFailure(`operations completed too slowly: ${each} ms each, allowed ${allowed}`)
  }
})

export const oneKey = Effect.fnUntraced(function* (kv: KvLab): Effect.fn.Return<void, LabFailure> {
  const clients = [0, 1, 2, 3, 4]
  const appends = 10
  yield* kv.makeClerk().put("k", "")
  yield* Effect.forEach(
    clients,
    Effect.fnUntraced(function* (client) {
      const clerk = kv.makeClerk()
      for (let number = 0; number < appends; number++) yield* clerk.append("k", appended(client, number))
    }),
    { concurrency: "unbounded", discard: true }
  )
  const value = yield* kv.makeClerk().get("k")
  const problem = appendsProblem(value, new Map(clients.map((client) => [client, appends])))
  if (problem !== undefined) return yield* problem
})

export const onePartition = Effect.fnUntraced(function* (kv: KvLab): Effect.fn.Return<void, LabFailure> {
  const { lab } = kv
  const everywhere = kv.makeClerk()
  yield* everywhere.put("1", "13")
  const [majority, minority] = yield* partsByLeader(kv)
  const inMajority = kv.makeClerk(majority)
  const [writer, reader] = [kv.connectClerk(), kv.connectClerk()]
  for (const { clerk, connect } of [writer, reader]) {
    // What the minority is to be asked for is an operation, not a session.
    yield* clerk.register
    connect(minority)
  }
  lab.partition([majority, minority])

  yield* inMajority.put("1", "14")
  yield* check(inMajority, "1", "14")

  const write = yield* Effect.forkChild(writer.clerk.put("1", "15"))
  const read = yield* Effect.forkChild(reader.clerk.get("1"))
  yield* Effect.sleep(E)
  if (write.pollUnsafe() !== undefined) return yield* labFailure("a put in the minority completed")
  if (read.pollUnsafe() !== undefined) return yield* labFailure("a get in the minority completed")
  yield* check(inMajority, "1", "14")
  yield* inMajority.put("1", "16")
  yield* check(inMajority, "1", "16")

  kv.connectAll()
  for (const { connect } of [writer, reader]) connect(lab.servers)
  yield* Effect.sleep(E)
  yield* completes(write, "put")
  yield* completes(read, "get")
  yield* check(everywhere, "1", "15")
})

/** What was begun in the minority ends soon once there is one cluster again. */
const completes = <A>(fiber: Fiber.Fiber<A, LabFailure>, what: string): Effect.Effect<void, LabFailure> =>
  Effect.timeoutOrElse(Effect.asVoid(Fiber.join(fiber)), {
    duration: 3 * E,
    orElse: () => labFailure(`a ${what} did not complete after the partition`)
  })

/** A majority without the leader, and a minority with it. */
const partsByLeader = Effect.fnUntraced(function* ({ lab }: KvLab) {
  let leader = 0
  for (const server of lab.servers) {
    if ((yield* lab.state(server))?.isLeader === true) leader = server
  }
  const others = lab.servers.filter((server) => server !== leader)
  const split = Math.floor(lab.size / 2) + 1
  return [others.slice(0, split), [leader, ...others.slice(split)]] as const
})

/** A server that missed so much that its leader has forgotten it is sent a snapshot. */
export const installSnapshot =
  (raftStateMax: number) =>
  (kv: KvLab): Effect.Effect<void, LabFailure> =>
    Effect.gen(function* () {
      const { lab } = kv
      const first = kv.makeClerk()
      yield* first.put("a", "A")
      yield* check(first, "a", "A")

      lab.partition([[0, 1], [2]])
      const second = kv.makeClerk([0, 1])
      for (let number = 0; number < 50; number++) yield* second.put(String(number), String(number))
      yield* Effect.sleep(E)
      yield* second.put("b", "B")
      yield* kv.checkSizes(raftStateMax)

      // The one that was away is needed for every commit.
      lab.partition([[0, 2], [1]])
      const third = kv.makeClerk([0, 2])
      yield* third.put("c", "C")
      yield* third.put("d", "D")
      for (const [key, value] of [
        ["a", "A"],
        ["b", "B"],
        ["1", "1"],
        ["49", "49"]
      ] as const) {
        yield* check(third, key, value)
      }

      kv.connectAll()
      yield* first.put("e", "E")
      for (const [key, value] of [
        ["c", "C"],
        ["e", "E"],
        ["1", "1"]
      ] as const)
        yield* check(first, key, value)
    })

const snapshotBytesMax = 500

export const snapshotSize =
  (raftStateMax: number) =>
  (kv: KvLab): Effect.Effect<void, LabFailure> =>
    Effect.gen(function* () {
      const clerk = kv.makeClerk()
      for (let round = 0; round < 200; round++) {
        for (const value of ["0", "1"]) {
          yield* clerk.put("x", value)
          yield* check(clerk, "x", value)
        }
      }
      yield* kv.checkSizes(raftStateMax, snapshotBytesMax)
    })
