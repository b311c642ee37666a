import { assert, describe, it } from "@effect/vitest"
import { logIndex } from "../src/ids.ts"
import type { ServerOptions } from "../src/options.ts"
import type { ApplyEntries } from "../src/output.ts"
import { elect, flood, settleHost } from "./support/actions.ts"
import type { Cluster, Host, Stepped } from "./support/Cluster.ts"
import { calm, leaderRole, led, proposeTo, recorder, scene, seedLog } from "./support/scenes.ts"
import { behind, chunksOf, loseTouch } from "./support/snapshotScenes.ts"

/** The peers receive and store what is under way; of their answers only those of `heard` arrive. */
const storeButHear = (cluster: Cluster, heard: ReadonlyArray<Host>): void => {
  flood(cluster, ({ _tag }) => _tag === "AppendEntriesRequest")
  flood(cluster, ({ _tag, from }) => _tag === "AppendEntriesAccepted" && heard.some(({ id }) => id === from))
  cluster.bag = []
}

describe("compaction under a leader whose view of a peer is old", () => {
  it("§7 a peer that holds what was compacted, but whose answer was lost, is still found to hold it", () => {
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

  it("§7 a pipeline that went silent before compaction passed it does not stop the leader", () => {
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

  it("§7 entries read back for a peer are not sent once the log before them is compacted", () => {
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

/** How many snapshots of its own a server was ordered to take, and through where. */
const taken = (steps: ReadonlyArray<Stepped>, host: Host): ReadonlyArray<number> =>
  steps
    .filter((step) => step.host === host)
    .flatMap(({ outputs }) =>
      outputs.flatMap((output) =>
        output._tag === "TakeSnapshot" ? [Number(output.snapshot.lastIncludedIndex)] : []
      )
    )

/** A server alone, which has applied commands one by one. */
const alone = (options: Partial<ServerOptions>, commands: number) => {
  const recorded = recorder()
  const cluster = led({ size: 1, observers: [recorded], options: { trailingEntries: 0, ...options } })
  const [host] = cluster.hosts as [Host]
  for (let count = 0; count < commands; count++) {
    proposeTo(cluster, host)
    calm(cluster)
  }
  return { cluster, host, recorded }
}

describe("a server that takes snapshots by itself", () => {
  it("§7 a server takes a snapshot once as many entries are applied as the options say, and forgets those", () => {
    const { host, recorded } = alone({ snapshotEntriesMax: 4 }, 11)
    assert.deepStrictEqual(taken(recorded.steps, host), [4, 8])
    assert.strictEqual(host.server!.log.lastIncludedIndex, 8)
    assert.deepStrictEqual(
      host.disk.durable.entries.map(({ index }) => Number(index)),
      [9, 10, 11]
    )
  })

  it("§7 it takes one, too, once its log has grown by as many bytes", () => {
    const { host, recorded } = alone({ snapshotBytesMax: 150 }, 11)
    const indexes = taken(recorded.steps, host)
    assert.isAtLeast(indexes.length, 2)
    assert.isAbove(indexes[0]!, 2)
    assert.isBelow(indexes[0]!, 6)
  })

  it("§7 without a limit it takes none", () => {
    const { host, recorded } = alone({}, 40)
    assert.deepStrictEqual(taken(recorded.steps, host), [])
  })

  it("§7 it takes one at a time, however much is applied until it is saved", () => {
    const { cluster, host, recorded } = alone({ snapshotEntriesMax: 2 }, 1)
    proposeTo(cluster, host)
    cluster.persist(host, 1)
    cluster.apply(host, 1)
    cluster.obeySnapshotOrder(host)
    for (let count = 0; count < 6; count++) {
      proposeTo(cluster, host)
      cluster.persist(host, 1)
      cluster.apply(host, 1)
    }
    assert.deepStrictEqual(taken(recorded.steps, host), [2])
    assert.deepStrictEqual([host.applied, host.server!.log.lastIncludedIndex].map(Number), [8, 0])
    cluster.save(host)
    assert.strictEqual(host.server!.log.lastIncludedIndex, 2)
    proposeTo(cluster, host)
    calm(cluster)
    assert.deepStrictEqual(taken(recorded.steps, host), [2, 9])
  })

  it("§7 nothing is applied until its state is caught, which is that at the snapshot's end", () => {
    const { cluster, host } = alone({ snapshotEntriesMax: 2, applyBytesMax: 1 }, 1)
    cluster.propose(host, 3)
    cluster.endTurn(host)
    cluster.persist(host, 1)
    cluster.apply(host, 1)
    assert.strictEqual(host.snapshotOrder?._tag, "TakeSnapshot")
    assert.isUndefined(host.order)
    cluster.endTurn(host)
    assert.isUndefined(host.order)
    cluster.obeySnapshotOrder(host)
    assert.deepStrictEqual(
      (host.order as ApplyEntries | undefined)?.entries.map(({ index }) => Number(index)),
      [3]
    )
    calm(cluster)
    assert.deepStrictEqual(host.disk.snapshot?.lastIncludedIndex, logIndex(4))
  })

  it("§7 a crash before the end leaves nothing of a snapshot, and all of the log", () => {
    const { cluster, host } = alone({ snapshotEntriesMax: 4 }, 3)
    proposeTo(cluster, host)
    cluster.persist(host, 1)
    cluster.apply(host, 1)
    cluster.obeySnapshotOrder(host)
    cluster.crash(host, 0)
    cluster.restart(host, false)
    assert.deepStrictEqual([host.disk.lastIncludedIndex, host.server!.log.lastIndex].map(Number), [0, 4])
    elect(cluster, host)
    proposeTo(cluster, host)
    calm(cluster)
    assert.strictEqual(host.applied, 5)
  })

  it("§7 trailing entries are kept, also over a restart", () => {
    const { cluster, host } = alone({ snapshotEntriesMax: 8, trailingEntries: 3 }, 9)
    assert.strictEqual(host.server!.log.lastIncludedIndex, 5)
    assert.deepStrictEqual(host.disk.durable.entries[0]?.index, logIndex(6))
    cluster.crash(host, 0)
    cluster.restart(host, false)
    const { commitIndex, log } = host.server!
    assert.deepStrictEqual([host.applied, commitIndex].map(Number), [8, 8])
    // The first entry that is left says the term before the second, which is the first that can be sent.
    assert.deepStrictEqual(
      [log.lastIncludedIndex, log.lastIncludedTerm, log.lastIndex].map(Number),
      [6, 1, 9]
    )
    assert.deepStrictEqual(
      cluster.core.Log.entries(log, { from: logIndex(7), through: logIndex(9), bytesMax: 1e6 }),
      host.disk.durable.entries.slice(1)
    )
  })

  it("§7 a peer that is behind by no more than those is sent entries, and no snapshot", () => {
    const { cluster, lagging, leader } = behind({ commands: 6, options: { trailingEntries: 6 } })
    loseTouch(cluster, leader, lagging)
    cluster.wake(leader)
    assert.isEmpty(cluster.bag.filter(({ _tag }) => _tag === "InstallSnapshotRequest"))
    calm(cluster)
    assert.strictEqual(lagging.applied, 6)
  })

  it("§7 no snapshot is taken while a peer takes the last one in, or that peer would begin anew for ever", () => {
    const recorded = recorder()
    const { cluster, lagging, leader, other } = behind({
      observers: [recorded],
      options: { snapshotEntriesMax: 3 }
    })
    const before = taken(recorded.steps, leader).length
    loseTouch(cluster, leader, lagging)
    cluster.wake(leader)
    flood(cluster, () => true)
    flood(cluster, () => true)
    const goOn = () => {
      proposeTo(cluster, leader)
      flood(cluster, ({ from, to }) => from === other.id || to === other.id)
      flood(cluster, ({ from }) => from === other.id)
    }
    for (let count = 0; count < 9; count++) goOn()
    assert.strictEqual(taken(recorded.steps, leader).length, before)
    // It falls silent: nobody waits for it any longer.
    leader.clock += cluster.options.electionTimeoutMax
    for (let count = 0; count < 3; count++) goOn()
    assert.isAbove(taken(recorded.steps, leader).length, before)
  })

  it("§7 a snapshot that another server's has overtaken covers nothing any more", () => {
    const cluster = scene({ size: 3, isUnwatched: true, options: { trailingEntries: 0 } })
    const [host] = cluster.hosts as [Host]
    seedLog(cluster, host, [1, 1], 2)
    const chunks = chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 5 })
    const heartbeat = { ...chunks[0]!, _tag: "HeartbeatRequest", leaderCommit: logIndex(2) } as const
    cluster.deliver(heartbeat)
    cluster.apply(host, 2)
    const own = cluster.core.describeSnapshot(host.server!, logIndex(2))!
    for (const chunk of chunks) cluster.deliver(chunk)
    cluster.persist(host, Infinity)
    const { log } = host.server!
    cluster.tell(host, { _tag: "SnapshotPersisted", at: host.clock, snapshot: { ...own, size: 7 } })
    assert.strictEqual(host.server!.log, log)
    assert.strictEqual(host.server!.snapshots.latest?.lastIncludedIndex, 5)
  })
})
