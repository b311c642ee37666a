import { assert, describe, it } from "@effect/vitest"
import { logIndex } from "../src/ids.ts"
import { elect, flood } from "./support/actions.ts"
import type { Host } from "./support/Cluster.ts"
import { calm, calmAmong, led, proposeTo, recorder, scene, seedLog } from "./support/scenes.ts"

describe("§5.2 heartbeats", () => {
  it("§5.2 a leader sends them in rounds, each interval one, whatever else it does", () => {
    const record = recorder()
    const cluster = led({ size: 3, observers: [record] })
    const [leader] = cluster.hosts as [Host]
    const start = leader.clock
    record.steps.length = 0
    while (leader.clock < start + 1_000) {
      leader.clock += 7
      proposeTo(cluster, leader)
    }
    const beats = record.steps.flatMap(({ outputs }) =>
      outputs.filter((output) => output._tag === "SendMessage" && output.message._tag === "HeartbeatRequest")
    )
    assert.isAtLeast(beats.length, 2 * 8)
    assert.isAtMost(beats.length, 2 * 10)
  })

  it("are answered while the follower's disk is slow: contact is not match", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    flood(cluster, ({ to }) => to === follower.id, follower)
    assert.lengthOf(follower.disk.inFlight, 1)
    cluster.bag = []
    cluster.wake(leader)
    flood(cluster, ({ _tag, to }) => _tag === "HeartbeatRequest" && to === follower.id, follower)
    assert.deepStrictEqual(
      cluster.bag.filter(({ from }) => from === follower.id).map(({ _tag }) => _tag),
      ["HeartbeatResponse"]
    )
  })

  it("tell a commit index that the follower surely stores, and never more", () => {
    const cluster = led({ size: 3 })
    const [leader, prompt, slow] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader, 3)
    calmAmong(cluster, [leader, prompt])
    cluster.wake(leader)
    const told = cluster.bag.flatMap((message) =>
      message._tag === "HeartbeatRequest" ? [[message.to, message.leaderCommit]] : []
    )
    assert.deepStrictEqual(told, [
      [prompt.id, logIndex(3)],
      [slow.id, logIndex(0)]
    ])
  })

  it("move no match: a follower that only hears heartbeats is known to store nothing", () => {
    const cluster = scene({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    seedLog(cluster, leader, [1, 1], 1)
    elect(cluster, leader)
    cluster.bag = cluster.bag.filter(({ _tag }) => _tag === "HeartbeatRequest")
    calm(cluster)
    assert.deepStrictEqual(leader.server!.commitIndex, logIndex(0))
  })

  it("§5.6 with messages far faster than timeouts a leader stays, and without a majority nothing is committed", () => {
    const cluster = led({ size: 3 })
    const [leader, ...others] = cluster.hosts as [Host, Host, Host]
    for (let round = 0; round < 100; round++) {
      cluster.wake(leader)
      for (const host of others) host.clock += 100
      calm(cluster)
    }
    assert.strictEqual(cluster.counters.elections, 1)
    for (const host of others) cluster.crash(host, 0)
    proposeTo(cluster, leader)
    for (let round = 0; round < 20; round++) {
      cluster.wake(leader)
      calmAmong(cluster, [leader])
    }
    assert.strictEqual(Number(leader.server!.commitIndex), 0)
  })
})
