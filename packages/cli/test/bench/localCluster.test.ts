/**
 * The cluster that the core benchmark turns: it commits what it counts.
 */
import { assert, describe, it } from "@effect/vitest"
import { decodeMessage, encodeMessage, type Message, type Proposal } from "@effect-raft/core"
import * as LocalCluster from "../../src/bench/localCluster.ts"

const command: Proposal = { id: 0, command: new Uint8Array(100) }

const throughTheWire = (message: Message): Message => {
  const decoded = decodeMessage(encodeMessage(message))
  assert(decoded._tag === "Ok")
  return decoded.value
}

const run = (rounds: number, batch: number, carry: (message: Message) => Message) => {
  const cluster = LocalCluster.make(3, carry)
  const leader = LocalCluster.elect(cluster)
  LocalCluster.drain(cluster)
  const before = cluster.messages
  const events = [Array.from({ length: batch }, () => command)]
  for (let round = 0; round < rounds; round++) {
    LocalCluster.turn(cluster, leader, events)
    LocalCluster.drain(cluster)
  }
  return {
    // The leader's no-op comes before all commands.
    applied: cluster.seats.map((seat) => seat.server.apply.lastApplied - 1),
    inMemory: cluster.seats.map(({ server }) => server.log.lastIndex - server.log.lastIncludedIndex),
    messagesPerRound: (cluster.messages - before) / rounds
  }
}

describe("the benchmark's cluster", () => {
  it("has every server apply every command, for eight messages a round, whatever its size", () => {
    const single = run(50, 1, (message) => message)
    assert.deepStrictEqual(single.applied, [50, 50, 50])
    assert.strictEqual(single.messagesPerRound, 8)
    assert.strictEqual(run(50, 64, (message) => message).messagesPerRound, 8)
  })

  it("does the same with every message through the codec", () => {
    const { applied, messagesPerRound } = run(50, 1, throughTheWire)
    assert.deepStrictEqual(applied, [50, 50, 50])
    assert.strictEqual(messagesPerRound, 8)
  })

  it("compacts its logs, so that memory stays flat", () => {
    const { applied, inMemory } = run(200, 64, (message) => message)
    assert.deepStrictEqual(applied, [12_800, 12_800, 12_800])
    for (const entries of inMemory) assert.isAtMost(entries, 4096 + 64)
  })
})
