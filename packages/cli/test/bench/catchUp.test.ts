/**
 * What the benchmarks of reads and of catching up count really happens.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Message } from "@effect-raft/core"
import { catchUp } from "../../src/bench/catchUp.ts"
import * as LocalCluster from "../../src/bench/localCluster.ts"
import { asItIs, throughTheWire } from "../../src/bench/wire.ts"

const size = 2_097_152

describe("the benchmark of catching up", () => {
  it.each([
    { what: "as they are", carry: asItIs },
    { what: "through the wire", carry: throughTheWire }
  ])("carries every byte of the snapshot once, messages $what", ({ carry }) => {
    let bytes = 0
    const messages = catchUp((message: Message) => {
      if (message._tag === "InstallSnapshotRequest") bytes += message.chunk.length
      return carry(message)
    }, size)
    assert.strictEqual(bytes, size)
    assert.isAtLeast(messages, 2 * (size / 262_144))
  })
})

describe("the benchmark of reads", () => {
  it("has every read answered, and 64 of them for the messages of one", () => {
    const cluster = LocalCluster.make(3, throughTheWire)
    const leader = LocalCluster.elect(cluster)
    LocalCluster.drain(cluster)
    const ask = (count: number): number => {
      const before = cluster.messages
      const ids = Array.from({ length: count }, (_, position) => position + 1)
      LocalCluster.tell(cluster, leader, { _tag: "ReadRequested", at: cluster.now, ids })
      LocalCluster.turn(cluster, leader, [])
      LocalCluster.drain(cluster)
      return cluster.messages - before
    }
    assert.strictEqual(ask(1), 4)
    assert.strictEqual(ask(64), 4)
    assert.strictEqual(cluster.readsAnswered, 65)
  })
})
