/**
 * The test that most of part kv is made of: three rounds of clients that write
 * and read for five seconds, while servers may be partitioned and crash.
 */
import { Effect, Fiber } from "effect"
import { E } from "../agreement.ts"
import { labFailure, type LabFailure } from "../LabFailure.ts"
import { appended, appendsProblem } from "./appends.ts"
import type { KvLab } from "./KvLab.ts"

export interface GenericOptions {
  readonly clients: number
  readonly crash: boolean
  readonly partitions: boolean
  /** Bytes of log after which a snapshot is due; `undefined`: there are no snapshots. */
  readonly raftStateMax: number | undefined
  /** Whether clients share keys, instead of having one each. */
  readonly randomKeys: boolean
}

const rounds = 3

/** Tells clients and partitioner when to stop. */
interface Control {
  isOver: boolean
}

export const runGeneric = Effect.fnUntraced(function* (
  kv: KvLab,
  options: GenericOptions
): Effect.fn.Return<void, LabFailure> {
  const clients = Array.from({ length: options.clients }, (_, client) => client)
  for (let round = 0; round < rounds; round++) {
    const control: Control = { isOver: false }
    const writers: Array<Fiber.Fiber<number, LabFailure>> = []
    for (const client of clients) {
      writers.push(yield* Effect.forkChild(writeUntilOver(kv, client, options, control)))
    }
    if (options.partitions) yield* Effect.sleep(E)
    const partitioner = yield* Effect.forkChild(
      options.partitions ? partitionUntilOver(kv, control) : Effect.void
    )
    yield* Effect.sleep(5 * E)
    control.isOver = true
    yield* Fiber.join(partitioner)
    if (options.partitions) {
      kv.connectAll()
      yield* Effect.sleep(E)
    }
    if (options.crash) yield* restartAll(kv)

    for (const [client, writer] of writers.entries()) {
      const writes = yield* Fiber.join(writer)
      const value = yield* kv.makeClerk().get(String(client))
      const problem = options.randomKeys ? undefined : appendsProblem(value, new Map([[client, writes]]))
      if (problem !== undefined) return yield* problem
    }
    yield* kv.checkSizes(options.raftStateMax)
  }
})

/** One client, and how many writes it made. */
const writeUntilOver = Effect.fnUntraced(function* (
  kv: KvLab,
  client: number,
  { clients, randomKeys }: GenericOptions,
  control: Control
): Effect.fn.Return<number, LabFailure> {
  const { random } = kv.lab
  const clerk = kv.makeClerk()
  let writes = 0
  let expected = ""
  if (!randomKeys) yield* clerk.put(String(client), "")
  while (!control.isOver) {
    const key = String(randomKeys ? random.below(clients) : client)
    const value = appended(client, writes)
    if (random.chance(500)) {
      yield* clerk.append(key, value)
      expected += value
      writes++
    } else if (randomKeys && random.chance(100)) {
      yield* clerk.put(key, value)
      writes++
    } else {
      const found = yield* clerk.get(key)
      if (!randomKeys && found !== expected) {
        return yield* labFailure(`client ${client} got a wrong value: expected ${expected}, got ${found}`)
      }
    }
  }
  return writes
})

/** Puts each server into one of two parts, and after a while again. */
const partitionUntilOver = Effect.fnUntraced(function* (kv: KvLab, control: Control) {
  const { lab } = kv
  while (!control.isOver) {
    const parts: readonly [Array<number>, Array<number>] = [[], []]
    for (const server of lab.servers) parts[lab.random.below(2) === 0 ? 0 : 1].push(server)
    lab.partition(parts)
    yield* Effect.sleep(E + lab.random.below(200))
  }
})

const restartAll = Effect.fnUntraced(function* (kv: KvLab) {
  const { lab } = kv
  for (const server of lab.servers) yield* lab.crash(server)
  yield* Effect.sleep(E)
  for (const server of lab.servers) yield* lab.start(server)
  kv.connectAll()
})
