import { assert, describe, it } from "@effect/vitest"
import { type AppendEntriesRequest, logIndex } from "../src/index.ts"
import { elect, flood } from "./support/actions.ts"
import type { Cluster, Host, Stepped } from "./support/Cluster.ts"
import {
  calm,
  calmAmong,
  deliverAll,
  leaderRole,
  led,
  messagesIn,
  proposeTo,
  recorder,
  scene,
  seedLog
} from "./support/scenes.ts"

const appendsTo = (cluster: Cluster, peer: Host): ReadonlyArray<AppendEntriesRequest> =>
  cluster.bag.flatMap((message) =>
    message._tag === "AppendEntriesRequest" && message.to === peer.id ? [message] : []
  )

const sizesOf = (appends: ReadonlyArray<AppendEntriesRequest>) => appends.map(({ entries }) => entries.length)

/** A leader whose peers it knows to match, so that it pipelines. */
const replicating = (
  options: Parameters<typeof led>[0]["options"] = {},
  observers: Parameters<typeof led>[0]["observers"] = []
) => {
  const cluster = led({ size: 3, options, observers })
  const [leader, peer, other] = cluster.hosts as [Host, Host, Host]
  proposeTo(cluster, leader)
  calm(cluster)
  return { cluster, leader, peer, other }
}

describe("frugal replication", () => {
  it("a burst of proposals in one turn costs one append for each follower", () => {
    const { cluster, leader, peer, other } = replicating()
    for (let count = 0; count < 50; count++) cluster.propose(leader, 1)
    assert.lengthOf(cluster.bag, 0)
    cluster.endTurn(leader)
    assert.deepStrictEqual(
      [sizesOf(appendsTo(cluster, peer)), sizesOf(appendsTo(cluster, other))],
      [[50], [50]]
    )
    assert.lengthOf(cluster.bag, 2)
  })

  it("a healthy follower never gets an entry twice, however the answers lag behind", () => {
    const record = recorder()
    const { cluster, leader, peer } = replicating({}, [record])
    for (let count = 0; count < 30; count++) {
      proposeTo(cluster, leader)
      if (count % 7 === 0) deliverAll(cluster)
      if (count % 11 === 0) calm(cluster)
    }
    calm(cluster)
    const sent = record.steps
      .filter(({ host }) => host === leader)
      .flatMap(({ outputs }) => messagesIn(outputs))
      .flatMap((message) =>
        message._tag === "AppendEntriesRequest" && message.to === peer.id ? message.entries : []
      )
    assert.deepStrictEqual(
      sent.map(({ index }) => Number(index)),
      Array.from({ length: 31 }, (_, position) => position + 1)
    )
  })

  it("followers learn a new commit index in the turn that commits, not at the next heartbeat", () => {
    const { cluster, leader, peer } = replicating()
    proposeTo(cluster, leader)
    calm(cluster)
    assert.deepStrictEqual([Number(peer.server!.commitIndex), peer.applied], [2, logIndex(2)])
  })

  it("that costs a message only where no append carries it", () => {
    const { cluster, leader, peer, other } = replicating()
    proposeTo(cluster, leader)
    cluster.persist(leader, 1)
    flood(cluster, ({ to }) => to === peer.id)
    for (const message of cluster.bag.filter(({ to }) => to === leader.id)) cluster.deliver(message)
    cluster.bag = []
    cluster.propose(leader, 1)
    cluster.endTurn(leader)
    assert.deepStrictEqual(
      cluster.bag.map((message) => [
        message.to,
        message._tag,
        message._tag === "AppendEntriesRequest" && message.leaderCommit
      ]),
      [
        [peer.id, "AppendEntriesRequest", logIndex(2)],
        [other.id, "AppendEntriesRequest", logIndex(2)]
      ]
    )
  })

  it("a leader at rest sends nothing between heartbeat rounds, and to each peer one message in a round", () => {
    const { cluster, leader } = replicating()
    for (let round = 0; round < 10; round++) {
      leader.clock += 50
      cluster.endTurn(leader)
    }
    const beats = cluster.bag.length
    assert.isAtMost(beats, 10)
    assert.isTrue(cluster.bag.every(({ _tag }) => _tag === "HeartbeatRequest"))
  })

  it("an append may overtake the leader's own disk", () => {
    const { cluster, leader, peer } = replicating()
    proposeTo(cluster, leader)
    assert.lengthOf(leader.disk.inFlight, 1)
    assert.deepStrictEqual(sizesOf(appendsTo(cluster, peer)), [1])
  })
})

describe("windows", () => {
  it("at most so many appends are on the way to a peer; answers make room", () => {
    const { cluster, leader, peer } = replicating({ inflightMessagesMax: 3 })
    for (let count = 0; count < 5; count++) proposeTo(cluster, leader)
    assert.deepStrictEqual(sizesOf(appendsTo(cluster, peer)), [1, 1, 1])
    const [first] = appendsTo(cluster, peer)
    cluster.bag = []
    cluster.deliver(first!)
    cluster.persist(peer, 1)
    deliverAll(cluster)
    cluster.endTurn(leader)
    assert.deepStrictEqual(sizesOf(appendsTo(cluster, peer)), [2])
  })

  it("at most so many bytes are on the way to a peer", () => {
    const { cluster, leader, peer } = replicating({ inflightBytesMax: 100 })
    for (let count = 0; count < 10; count++) proposeTo(cluster, leader)
    const { inflightBytes } = leaderRole(leader).progress.find(({ id }) => id === peer.id)!
    assert.isAtLeast(inflightBytes, 100)
    assert.isBelow(inflightBytes, 150)
    assert.strictEqual(sizesOf(appendsTo(cluster, peer)).length, 3)
  })

  it("an append holds so many bytes of entries; a larger entry travels alone", () => {
    const { cluster, leader, peer } = replicating({ appendBytesMax: 80 })
    cluster.propose(leader, 4)
    const large = { id: 999, command: new Uint8Array(500) }
    cluster.tell(leader, { _tag: "CommandsProposed", at: leader.clock, proposals: [large] })
    cluster.endTurn(leader)
    const appends = appendsTo(cluster, peer)
    assert.deepStrictEqual(sizesOf(appends).at(-1), 1)
    assert.strictEqual(appends.at(-1)?.entries[0]?.payload.length, 500)
    assert.isAtMost(Math.max(...sizesOf(appends)), 2)
  })

  it("a pipeline that fell silent is asked once per round whether it lost something, and repaired", () => {
    const { cluster, leader, peer } = replicating({ inflightMessagesMax: 2 })
    proposeTo(cluster, leader)
    proposeTo(cluster, leader)
    cluster.bag = cluster.bag.filter(({ to }) => to !== peer.id)
    calm(cluster)
    assert.strictEqual(Number(peer.server!.log.lastIndex), 1)
    for (let round = 0; round < 2; round++) {
      cluster.wake(leader)
      calm(cluster)
    }
    assert.strictEqual(Number(peer.applied), 3)
  })
})

/** The slow peer is away until the leader's memory has dropped what it lacks. */
const behind = () => {
  const cluster = led({ size: 3, options: { memoryEntriesMax: 4 } })
  const [leader, , slow] = cluster.hosts as [Host, Host, Host]
  for (let count = 0; count < 12; count++) {
    proposeTo(cluster, leader)
    calmAmong(cluster, cluster.hosts.slice(0, 2))
  }
  cluster.wake(leader)
  assert.lengthOf(leader.reads, 1)
  return { cluster, leader, slow }
}

describe("entries that memory does not hold", () => {
  it("are read back for a slow follower, one read at a time, and reach it", () => {
    const { cluster, leader, slow } = behind()
    cluster.bag = []
    cluster.wake(leader)
    assert.lengthOf(leader.reads, 1)
    assert.lengthOf(appendsTo(cluster, slow), 0)
    calm(cluster)
    assert.strictEqual(Number(slow.applied), 12)
  })

  it("a failed read is tried again at the next round", () => {
    const { cluster, leader, slow } = behind()
    cluster.answerRead(leader, true)
    cluster.endTurn(leader)
    assert.lengthOf(leader.reads, 0)
    cluster.wake(leader)
    assert.lengthOf(leader.reads, 1)
    calm(cluster)
    assert.strictEqual(Number(slow.applied), 12)
  })

  it("an answer that nobody waits for any more is ignored", () => {
    const { cluster, leader } = behind()
    const [read] = leader.reads
    elect(cluster, cluster.hosts[1]!)
    calm(cluster)
    const before = leader.server
    cluster.tell(leader, { _tag: "LogRead", at: leader.clock, id: read!.id + 100, entries: read!.entries })
    assert.strictEqual(leader.server, before)
  })

  it("a leader that restarted with the end of its log in memory serves the rest from storage", () => {
    const cluster = scene({ size: 3 })
    const [leader, , empty] = cluster.hosts as [Host, Host, Host]
    const terms = Array.from({ length: 30 }, () => 1)
    seedLog(cluster, leader, terms, 1)
    elect(cluster, leader)
    proposeTo(cluster, leader)
    calm(cluster)
    assert.strictEqual(Number(empty.applied), 31)
    assert.isAbove(cluster.counters.reads, 0)
  })
})

describe("requests", () => {
  it("are numbered without repetition, and every one carries the sender's life", () => {
    const record = recorder()
    const { cluster, leader } = replicating({}, [record])
    proposeTo(cluster, leader, 5)
    calm(cluster)
    const requests = record.steps
      .filter(({ host }: Stepped) => host === leader)
      .flatMap(({ outputs }) => messagesIn(outputs))
      .filter((message) => cluster.core.isRequest(message))
    assert.strictEqual(new Set(requests.map(({ sequence }) => sequence)).size, requests.length)
    assert.isTrue(requests.every(({ incarnation }) => incarnation === leader.server!.self.incarnation))
  })
})
