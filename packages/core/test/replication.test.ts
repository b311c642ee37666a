import { assert, describe, it } from "@effect/vitest"
import { logIndex, serverId, term } from "../src/ids.ts"
import { elect, flood, settleHost } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import {
  calm,
  calmAmong,
  deliverAll,
  leaderRole,
  led,
  proposeTo,
  recorder,
  scene,
  seedLog,
  termsOf
} from "./support/scenes.ts"

const commitsIn = (cluster: Cluster) => cluster.hosts.map(({ server }) => Number(server?.commitIndex))
const appliedIn = (cluster: Cluster) => cluster.hosts.map(({ applied }) => Number(applied))
const progressOf = (leader: Host, peer: Host) => leaderRole(leader).progress.find(({ id }) => id === peer.id)!

describe("§5.3 log replication", () => {
  it("§5.3 a leader appends commands to its log and issues AppendEntries to all others in parallel", () => {
    const cluster = led({ size: 5 })
    const [leader] = cluster.hosts as [Host]
    proposeTo(cluster, leader)
    assert.deepStrictEqual(termsOf(leader), [1])
    const appends = cluster.bag.filter(({ _tag }) => _tag === "AppendEntriesRequest")
    assert.deepStrictEqual(
      appends.map(({ to }) => to),
      ["s1", "s2", "s3", "s4"].map(serverId)
    )
  })

  it("§5.3 an entry is committed once a majority stores it; then all apply it, in log order", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader, 3)
    cluster.persist(leader, 1)
    assert.strictEqual(leader.server!.commitIndex, 0)
    flood(cluster, ({ to }) => to === follower.id)
    flood(cluster, ({ from, to }) => from === follower.id && to === leader.id)
    assert.deepStrictEqual(commitsIn(cluster), [3, 0, 0])
    calm(cluster)
    assert.deepStrictEqual(
      [commitsIn(cluster), appliedIn(cluster)],
      [
        [3, 3, 3],
        [3, 3, 3]
      ]
    )
  })

  it("§5.3 committing an entry commits all before it, also those of earlier leaders", () => {
    const cluster = scene({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    seedLog(cluster, leader, [1, 1, 2], 2)
    elect(cluster, leader)
    calm(cluster)
    assert.deepStrictEqual(commitsIn(cluster), [0, 0, 0])
    proposeTo(cluster, leader)
    calm(cluster)
    assert.deepStrictEqual(commitsIn(cluster), [4, 4, 4])
  })

  it("§5.3 a follower that was away is retried until it stores everything, even after the leader has answered", () => {
    const cluster = led({ size: 3 })
    const [leader, present, away] = cluster.hosts as [Host, Host, Host]
    cluster.crash(away, 0)
    for (let count = 0; count < 20; count++) {
      proposeTo(cluster, leader)
      calm(cluster)
      cluster.wake(leader)
      calm(cluster)
    }
    assert.strictEqual(present.applied, 20)
    cluster.restart(away, false)
    for (let round = 0; round < 2; round++) {
      cluster.wake(leader)
      calm(cluster)
    }
    assert.deepStrictEqual(termsOf(away), termsOf(leader))
    assert.strictEqual(away.applied, 20)
  })

  it("§5.3 a follower without the entry before the new ones refuses them", () => {
    const cluster = scene({ size: 3 })
    const [leader, , follower] = cluster.hosts as [Host, Host, Host]
    seedLog(cluster, leader, [1, 1], 1)
    elect(cluster, leader)
    flood(cluster, ({ _tag, to }) => _tag === "AppendEntriesRequest" && to === follower.id)
    const [refusal] = cluster.bag.filter(({ from }) => from === follower.id)
    assert.deepInclude(refusal, {
      _tag: "AppendEntriesRefused",
      conflictIndex: logIndex(1),
      conflictTerm: term(0),
      lastLogIndex: logIndex(0)
    })
    assert.deepStrictEqual(termsOf(follower), [])
  })

  it("§5.3 conflicting entries are overwritten by those of the leader, and what agrees is kept", () => {
    const cluster = scene({ size: 3 })
    const [leader, , follower] = cluster.hosts as [Host, Host, Host]
    seedLog(cluster, leader, [1, 1, 3], 3)
    seedLog(cluster, follower, [1, 1, 2, 2, 2], 3)
    elect(cluster, leader)
    calm(cluster)
    assert.deepStrictEqual(termsOf(follower), [1, 1, 3])
  })

  it("§5.3 a delayed duplicate removes nothing that came after it", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    const [old] = cluster.bag.filter(({ to }) => to === follower.id)
    calm(cluster)
    proposeTo(cluster, leader, 3)
    calm(cluster)
    cluster.deliver(old!)
    assert.deepStrictEqual(termsOf(follower), [1, 1, 1, 1])
    assert.lengthOf(follower.disk.inFlight, 0)
    const [answer] = cluster.bag
    assert.deepInclude(answer, { _tag: "AppendEntriesAccepted", matchIndex: logIndex(1) })
  })

  it("§5.3 one slow follower does not slow the rest", () => {
    const cluster = led({ size: 5 })
    const [leader, ...others] = cluster.hosts as [Host, ...Array<Host>]
    const prompt = [leader, ...others.slice(0, 2)]
    for (let count = 0; count < 10; count++) {
      proposeTo(cluster, leader)
      calmAmong(cluster, prompt)
    }
    assert.strictEqual(leader.applied, 10)
  })
})

const thousand = (term: number) => Array.from({ length: 1_000 }, () => term)

/** The logs of Figure 7, by the paper's letters; the leader of term 8 is on top of it. */
const figure7 = {
  leader: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6],
  a: [1, 1, 1, 4, 4, 5, 5, 6, 6],
  b: [1, 1, 1, 4],
  c: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
  d: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
  e: [1, 1, 1, 4, 4, 4, 4],
  f: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]
}

describe("§5.3 Figure 7", () => {
  const logs = Object.values(figure7)

  it("§5.3 whatever logs followers have when a leader comes to power, they become that of the leader", () => {
    const cluster = scene({ size: 7 })
    const [leader] = cluster.hosts as [Host]
    for (const [position, host] of cluster.hosts.entries()) seedLog(cluster, host, logs[position]!, 7)
    elect(cluster, leader)
    assert.strictEqual(leader.server!.currentTerm, 8)
    proposeTo(cluster, leader)
    calm(cluster)
    for (const host of cluster.hosts) assert.deepStrictEqual(termsOf(host), [...figure7.leader, 8])
    assert.deepStrictEqual(new Set(appliedIn(cluster)), new Set([11]))
  })

  it.each([
    { name: "a", log: figure7.a, refusals: 1 },
    { name: "b", log: figure7.b, refusals: 1 },
    { name: "c", log: figure7.c, refusals: 0 },
    { name: "d", log: figure7.d, refusals: 0 },
    { name: "e", log: figure7.e, refusals: 1 },
    { name: "f", log: figure7.f, refusals: 1 }
  ])(
    "§5.3 follower $name costs $refusals refusals: whole terms are skipped, not entries",
    ({ log, refusals }) => {
      assert.strictEqual(countRefusals(figure7.leader, log), refusals)
    }
  )

  it("§5.3 each round trip skips a whole term of the other log, however many entries it has", () => {
    const mine = [1, ...thousand(3), ...thousand(5), ...thousand(7)]
    const theirs = [1, ...thousand(2), ...thousand(4), ...thousand(6)]
    assert.isAtMost(countRefusals(mine, theirs), 4)
  })
})

/** Refusals that a leader with one log gets from a follower with another before their logs agree. */
const countRefusals = (leaderLog: ReadonlyArray<number>, followerLog: ReadonlyArray<number>): number => {
  const record = recorder()
  const cluster = scene({ size: 3, observers: [record], isUnwatched: true })
  const [leader, , follower] = cluster.hosts as [Host, Host, Host]
  seedLog(cluster, leader, leaderLog, 7)
  seedLog(cluster, follower, followerLog, 7)
  elect(cluster, leader)
  calmAmong(cluster, [leader, follower])
  assert.strictEqual(progressOf(leader, follower).matchIndex, leaderLog.length)
  assert.deepStrictEqual(termsOf(follower).slice(0, leaderLog.length), leaderLog)
  return record.steps.filter(
    ({ event }) => event._tag === "MessageReceived" && event.message._tag === "AppendEntriesRefused"
  ).length
}

describe("§5.3 answers", () => {
  it("an accepted append waits for the follower's disk, and so does its duplicate", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    const [request] = cluster.bag.filter(({ to }) => to === follower.id)
    cluster.bag = []
    cluster.deliver(request!)
    cluster.deliver(request!)
    assert.lengthOf(cluster.bag, 0)
    cluster.persist(follower, 1)
    assert.lengthOf(cluster.bag, 2)
  })

  it("a refusal does not wait for the disk", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    calm(cluster)
    proposeTo(cluster, leader)
    const [inTime] = cluster.bag.filter(({ to }) => to === follower.id)
    proposeTo(cluster, leader)
    proposeTo(cluster, leader)
    const tooEarly = cluster.bag
      .filter(({ _tag, to }) => _tag === "AppendEntriesRequest" && to === follower.id)
      .at(-1)
    cluster.bag = []
    cluster.deliver(inTime!)
    cluster.deliver(tooEarly!)
    assert.deepStrictEqual(
      cluster.bag.map(({ _tag }) => _tag),
      ["AppendEntriesRefused"]
    )
  })

  it("a late refusal, of what has been acknowledged since, changes nothing", () => {
    const cluster = scene({ size: 3 })
    const [leader, , follower] = cluster.hosts as [Host, Host, Host]
    seedLog(cluster, leader, [1, 1], 1)
    elect(cluster, leader)
    flood(cluster, ({ _tag, to }) => _tag === "AppendEntriesRequest" && to === follower.id)
    const [refusal] = cluster.bag.filter(({ _tag }) => _tag === "AppendEntriesRefused")
    calm(cluster)
    const before = leader.server!.role
    cluster.deliver(refusal!)
    assert.deepStrictEqual(leader.server!.role, before)
  })

  it("§5.5 a follower that crashes before answering gets the request again, and may get it twice", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    const [request] = cluster.bag.filter(({ to }) => to === follower.id)
    deliverAll(cluster)
    cluster.crash(follower, 1)
    cluster.restart(follower, false)
    assert.deepStrictEqual(termsOf(follower), [1])
    cluster.deliver(request!)
    settleHost(cluster, follower)
    assert.deepStrictEqual(termsOf(follower), [1])
    assert.include(
      cluster.bag.map(({ _tag, from }) => `${from} ${_tag}`),
      "s1 AppendEntriesAccepted"
    )
  })

  it("§5.5 a candidate or follower that stays down is asked again for ever, which costs little", () => {
    const cluster = led({ size: 3 })
    const [leader, , down] = cluster.hosts as [Host, Host, Host]
    cluster.crash(down, 0)
    proposeTo(cluster, leader)
    for (let round = 0; round < 100; round++) {
      calm(cluster)
      cluster.wake(leader)
      const toDown = cluster.bag.filter(({ to }) => to === down.id)
      assert.isAtMost(toDown.length, 2)
    }
    cluster.restart(down, false)
    calm(cluster)
    cluster.wake(leader)
    calm(cluster)
    assert.strictEqual(down.applied, 1)
  })

  it("an undeliverable append is sent again at the next round; an unknown one changes nothing", () => {
    const cluster = led({ size: 3 })
    const [leader, , peer] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader)
    calm(cluster)
    proposeTo(cluster, leader, 2)
    const [lost] = cluster.bag.filter(({ to }) => to === peer.id)
    cluster.take(lost!)
    const report = { _tag: "PeerUnreachable" as const, at: leader.clock, peer: peer.id }
    cluster.tell(leader, { ...report, sequence: undefined, peer: leader.id })
    assert.strictEqual(progressOf(leader, peer).mode, "Replicate")
    cluster.tell(leader, { ...report, sequence: lost!.sequence })
    assert.deepInclude(progressOf(leader, peer), { mode: "Probe", nextIndex: logIndex(2), paused: true })
    cluster.endTurn(leader)
    assert.lengthOf(
      cluster.bag.filter(({ to }) => to === peer.id),
      0
    )
    cluster.wake(leader)
    calm(cluster)
    assert.strictEqual(peer.applied, 3)
  })
})
