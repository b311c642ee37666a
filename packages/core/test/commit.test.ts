import { assert, describe, it } from "@effect/vitest"
import { elect, exchange, settleHost } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { calm, calmAmong, led, proposeTo, recorder, scene, termsOf } from "./support/scenes.ts"

type Five = readonly [Host, Host, Host, Host, Host]

/** Figure 8, from (a) to (c): S1 leads term 4 and has spread its entry of term 2 to a majority. */
const figure8 = (): { readonly cluster: Cluster; readonly servers: Five } => {
  const cluster = scene({ size: 5 })
  const servers = cluster.hosts as unknown as Five
  const [s1, s2, s3, s4, s5] = servers
  elect(cluster, s4)
  calm(cluster)
  proposeTo(cluster, s4)
  calm(cluster)
  cluster.crash(s4, 0)
  cluster.restart(s4, true)
  cluster.bag = []

  // (a) S1 leads term 2 and replicates the entry at index 2 to S2 alone.
  elect(cluster, s1)
  cluster.bag = []
  proposeTo(cluster, s1)
  exchange(cluster, s1, s2, false)
  cluster.crash(s1, 0)
  cluster.bag = []
  assert.deepStrictEqual([termsOf(s2), termsOf(s3)], [[1, 2], [1]])

  // (b) S5 wins term 3 with the votes of S3, S4 and itself, and takes another entry at index 2.
  elect(cluster, s5)
  proposeTo(cluster, s5)
  settleHost(cluster, s5)
  cluster.crash(s5, 0)
  cluster.bag = []
  assert.deepStrictEqual(
    [s5.disk.durable.entries.map(({ term }) => Number(term)), termsOf(s3)],
    [[1, 3], [1]]
  )

  // (c) S1 restarts, wins term 4 and continues replication: the entry of term 2 reaches a majority.
  cluster.restart(s1, true)
  for (let attempt = 0; attempt < 3 && s1.server!.role._tag !== "Leader"; attempt++) elect(cluster, s1)
  cluster.bag = []
  exchange(cluster, s1, s2, false)
  exchange(cluster, s1, s3, false)
  cluster.bag = []
  assert.deepStrictEqual([termsOf(s1), termsOf(s2), termsOf(s3), termsOf(s4)], [[1, 2], [1, 2], [1, 2], [1]])
  return { cluster, servers }
}

describe("§5.4.2 committing entries from previous terms", () => {
  it("§5.4.2 Figure 8 (c): an entry of an older term is not committed, though a majority stores it", () => {
    const { servers } = figure8()
    const [s1] = servers
    assert.deepStrictEqual([s1.server!.role._tag, Number(s1.server!.commitIndex)], ["Leader", 1])
  })

  it("§5.4.2 Figure 8 (d): rightly so, since S5 may still overwrite it", () => {
    const { cluster, servers } = figure8()
    const [s1, s2, s3, s4, s5] = servers
    cluster.crash(s1, 0)
    cluster.restart(s5, true)
    for (let attempt = 0; attempt < 3 && s5.server!.role._tag !== "Leader"; attempt++) elect(cluster, s5)
    proposeTo(cluster, s5)
    calm(cluster)
    for (const host of [s2, s3, s4, s5]) assert.deepStrictEqual(termsOf(host).slice(0, 2), [1, 3])
    assert.isAbove(s5.server!.commitIndex, 1)
  })

  it("§5.4.2 Figure 8 (e): once an entry of the current term is on a majority, both are committed", () => {
    const { cluster, servers } = figure8()
    const [s1, s2, s3, , s5] = servers
    proposeTo(cluster, s1)
    calmAmong(cluster, [s1, s2, s3])
    assert.strictEqual(s1.server!.commitIndex, 3)
    cluster.crash(s1, 0)
    cluster.restart(s5, true)
    for (let attempt = 0; attempt < 5; attempt++) elect(cluster, s5)
    assert.strictEqual(s5.server!.role._tag, "Candidate")
  })

  it("§5.4.3 a committed entry is in the log of every later leader, whoever wins", () => {
    const cluster = led({ size: 5 })
    proposeTo(cluster, cluster.hosts[0]!)
    calmAmong(cluster, cluster.hosts.slice(0, 3))
    assert.strictEqual(cluster.hosts[0]!.server!.commitIndex, 1)
    for (const host of [...cluster.hosts, ...cluster.hosts]) {
      elect(cluster, host)
      if (host.server!.role._tag === "Leader") assert.strictEqual(termsOf(host)[0], 1)
      calm(cluster)
    }
  })

  it("§5.4.3 no server applies another entry at an index: all apply the same list", () => {
    const record = recorder()
    const cluster = led({ size: 3, observers: [record] })
    for (const host of cluster.hosts) {
      elect(cluster, host)
      calm(cluster)
      proposeTo(cluster, host, 5)
      calm(cluster)
    }
    const appliedBy = (host: Host) =>
      record.steps
        .filter((step) => step.host === host)
        .flatMap(({ outputs }) =>
          outputs.flatMap((output) => (output._tag === "ApplyEntries" ? output.entries : []))
        )
    const [first, ...rest] = cluster.hosts.map(appliedBy)
    assert.lengthOf(first!, 15)
    for (const list of rest) assert.deepStrictEqual(list, first)
  })
})

describe("committing and the leader's own disk", () => {
  it("a majority of followers commits without the leader's disk, which applies only what it has itself", () => {
    const cluster = led({ size: 3 })
    const [leader, ...followers] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader)
    for (const follower of followers) {
      for (const message of cluster.bag.filter(({ to }) => to === follower.id)) cluster.deliver(message)
      cluster.persist(follower, 1)
    }
    for (const message of cluster.bag.filter(({ to }) => to === leader.id)) cluster.deliver(message)
    assert.deepStrictEqual([leader.server!.commitIndex, leader.order], [1, undefined])
    cluster.persist(leader, 1)
    assert.lengthOf(leader.order!.entries, 1)
  })

  it("what is committed is applied as far as the own disk has come, and no further", () => {
    const cluster = led({ size: 3 })
    const [leader, ...followers] = cluster.hosts as [Host, Host, Host]
    for (let count = 0; count < 3; count++) proposeTo(cluster, leader)
    for (const follower of followers) {
      for (let round = 0; round < 3; round++) {
        for (const message of cluster.bag.filter(({ to }) => to === follower.id)) cluster.deliver(message)
        cluster.persist(follower, Infinity)
        cluster.bag = cluster.bag.filter(({ to }) => to !== follower.id)
        for (const message of cluster.bag.filter(({ to }) => to === leader.id)) cluster.deliver(message)
        cluster.endTurn(leader)
      }
    }
    assert.strictEqual(Number(leader.server!.commitIndex), 3)
    cluster.persist(leader, 2)
    assert.deepStrictEqual(
      leader.order!.entries.map(({ index }) => Number(index)),
      [1, 2]
    )
  })

  it("the leader counts itself only once its own write is durable", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    for (const message of cluster.bag.filter(({ to }) => to === follower.id)) cluster.deliver(message)
    cluster.persist(follower, 1)
    for (const message of cluster.bag.filter(({ to }) => to === leader.id)) cluster.deliver(message)
    assert.strictEqual(leader.server!.commitIndex, 0)
    cluster.persist(leader, 1)
    assert.strictEqual(leader.server!.commitIndex, 1)
  })
})

describe("applying", () => {
  it("entries come in batches within their bound, one order at a time", () => {
    const record = recorder()
    const cluster = led({ size: 1, options: { applyBytesMax: 120 }, observers: [record] })
    const [alone] = cluster.hosts as [Host]
    proposeTo(cluster, alone, 10)
    cluster.persist(alone, 1)
    const orders = () =>
      record.steps.flatMap(({ outputs }) =>
        outputs.flatMap((output) => (output._tag === "ApplyEntries" ? [output.entries.length] : []))
      )
    assert.lengthOf(orders(), 1)
    while (alone.order !== undefined) cluster.apply(alone, Infinity)
    assert.strictEqual(alone.applied, 10)
    assert.isAtMost(Math.max(...orders()), 3)
    assert.isAbove(orders().length, 3)
  })

  it("after a restart, what memory does not hold is read back from storage", () => {
    const cluster = led({ size: 1 })
    const [alone] = cluster.hosts as [Host]
    proposeTo(cluster, alone, 10)
    calm(cluster)
    cluster.crash(alone, 0)
    cluster.restart(alone, false)
    elect(cluster, alone)
    proposeTo(cluster, alone)
    cluster.persist(alone, 1)
    assert.strictEqual(alone.server!.commitIndex, 11)
    assert.deepStrictEqual(
      alone.reads.map(({ entries }) => entries.length),
      [6]
    )
    cluster.answerRead(alone, false)
    calm(cluster)
    assert.strictEqual(alone.applied, 11)
  })

  it("a failed read is never the end of the log: it is tried again after a pause", () => {
    const cluster = led({ size: 1 })
    const [alone] = cluster.hosts as [Host]
    proposeTo(cluster, alone, 10)
    calm(cluster)
    cluster.crash(alone, 0)
    cluster.restart(alone, false)
    elect(cluster, alone)
    proposeTo(cluster, alone)
    cluster.persist(alone, 1)
    cluster.answerRead(alone, true)
    cluster.endTurn(alone)
    assert.lengthOf(alone.reads, 0)
    alone.clock += cluster.options.heartbeatInterval
    cluster.endTurn(alone)
    assert.lengthOf(alone.reads, 1)
    cluster.answerRead(alone, false)
    calm(cluster)
    assert.strictEqual(alone.applied, 11)
  })

  it("a state machine that kept its data goes on where it was", () => {
    const cluster = led({ size: 1 })
    const [alone] = cluster.hosts as [Host]
    proposeTo(cluster, alone, 3)
    calm(cluster)
    cluster.crash(alone, 0)
    cluster.restart(alone, true)
    assert.deepStrictEqual([alone.server!.commitIndex, alone.server!.apply.lastApplied], [3, 3])
  })
})
