import { assert, describe, it } from "@effect/vitest"
import { flood, settleHost } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { calm, leaderRole, led, proposeTo } from "./support/scenes.ts"

/** The peers receive and store what is under way; of their answers only those of `heard` arrive. */
const storeButHear = (cluster: Cluster, heard: ReadonlyArray<Host>): void => {
  flood(cluster, ({ _tag }) => _tag === "AppendEntriesRequest")
  flood(cluster, ({ _tag, from }) => _tag === "AppendEntriesAccepted" && heard.some(({ id }) => id === from))
  cluster.bag = []
}

describe("§7 compaction under a leader whose view of a peer is old", () => {
  it("a peer that holds what was compacted, but whose answer was lost, is still found to hold it", () => {
    const cluster = led({ size: 3, options: { trailingEntries: 0 } })
    const [leader, prompt, unheard] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader, 3)
    storeButHear(cluster, [prompt])
    settleHost(cluster, leader)
    cluster.compact(leader)
    assert.strictEqual(leader.server!.log.lastIncludedIndex, 3)

    for (let round = 0; round < 3; round++) {
      cluster.wake(leader)
      calm(cluster)
    }
    assert.strictEqual(unheard.applied, 3)
  })

  it("a pipeline that went silent before compaction passed it does not stop the leader", () => {
    const cluster = led({ size: 3, options: { inflightMessagesMax: 1, trailingEntries: 0 } })
    const [leader, , silent] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader)
    calm(cluster)
    for (let count = 0; count < 5; count++) {
      proposeTo(cluster, leader)
      flood(cluster, ({ from, to }) => from !== silent.id && to !== silent.id)
      settleHost(cluster, leader)
    }
    flood(cluster, ({ from, to }) => from !== silent.id && to !== silent.id)
    cluster.compact(leader)
    assert.isAtLeast(leader.server!.log.lastIncludedIndex, 4)
    cluster.wake(leader)
    cluster.wake(leader)
    assert.strictEqual(leaderRole(leader).progress.find(({ id }) => id === silent.id)?.matchIndex, 1)
  })

  it("entries read back for a peer are not sent once the log before them is compacted", () => {
    const options = { memoryEntriesMax: 4, appendBytesMax: 40, trailingEntries: 0 }
    const cluster = led({ size: 3, options })
    const [leader, , slow] = cluster.hosts as [Host, Host, Host]
    for (let count = 0; count < 8; count++) {
      proposeTo(cluster, leader)
      flood(cluster, ({ from, to }) => from !== slow.id && to !== slow.id)
      settleHost(cluster, leader)
    }
    flood(cluster, ({ from, to }) => from !== slow.id && to !== slow.id)
    cluster.bag = []
    cluster.wake(leader)
    assert.lengthOf(leader.reads, 1)
    const [read] = leader.reads
    cluster.compact(leader)
    const [, outputs] = cluster.core.step(leader.server!, { _tag: "LogRead", at: leader.clock, ...read! })
    assert.deepStrictEqual(outputs, [])
  })
})
