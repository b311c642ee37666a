import { assert, describe, it } from "@effect/vitest"
import { logIndex, term } from "../src/ids.ts"
import type { InstallSnapshotRequest, Message } from "../src/message.ts"
import { flood, settleHost } from "./support/actions.ts"
import type { Cluster, Host, Stepped } from "./support/Cluster.ts"
import { calm, deliverAll, entry, leaderRole, recorder, scene, seedLog } from "./support/scenes.ts"
import { answersIn, behind, chunksOf, loseTouch } from "./support/snapshotScenes.ts"

const isChunk = (message: Message): message is InstallSnapshotRequest =>
  message._tag === "InstallSnapshotRequest"

const chunksTo = ({ bag }: Cluster, host: Host): ReadonlyArray<InstallSnapshotRequest> =>
  bag.filter(isChunk).filter(({ to }) => to === host.id)

const progressOf = (leader: Host, peer: Host) => leaderRole(leader).progress.find(({ id }) => id === peer.id)!

describe("a leader that has forgotten what a peer needs", () => {
  it("§7 a peer that needs what its leader has forgotten is sent the snapshot, in chunks, and then the log", () => {
    const carried: Array<InstallSnapshotRequest> = []
    const { cluster, lagging, leader } = behind({
      observers: [
        {
          stepped: ({ event }) =>
            void (event._tag === "MessageReceived" && isChunk(event.message) && carried.push(event.message))
        }
      ]
    })
    loseTouch(cluster, leader, lagging)
    for (let round = 0; round < 3; round++) {
      cluster.wake(leader)
      calm(cluster)
    }
    const withBytes = carried.filter(({ chunk }) => chunk.length > 0)
    assert.deepStrictEqual(
      withBytes.map(({ chunk, offset }) => [offset, chunk.length]),
      [
        [0, 4],
        [4, 4],
        [8, 4],
        [12, 4]
      ]
    )
    assert.strictEqual(lagging.server!.log.lastIncludedIndex, 5)
    assert.deepStrictEqual([lagging.applied, lagging.terms], [logIndex(5), [1, 1, 1, 1, 1]])
    assert.strictEqual(progressOf(leader, lagging).mode, "Replicate")

    cluster.propose(leader, 1)
    cluster.endTurn(leader)
    calm(cluster)
    assert.strictEqual(lagging.applied, 6)
  })

  it("§7 a snapshot that fits into one message is one message", () => {
    const { cluster, lagging, leader } = behind({ options: { chunkBytesMax: 1_000 } })
    loseTouch(cluster, leader, lagging)
    cluster.wake(leader)
    assert.lengthOf(chunksTo(cluster, lagging), 1)
    flood(cluster, () => true)
    assert.strictEqual(lagging.applied, 5)
    flood(cluster, () => true)
    assert.strictEqual(progressOf(leader, lagging).matchIndex, 5)
  })

  it("§7 a peer that had it all along needs no byte of it", () => {
    const { cluster, leader, other } = behind()
    loseTouch(cluster, leader, other)
    leader.server = { ...leader.server!, role: forgotten(leader, other) }
    cluster.wake(leader)
    assert.deepStrictEqual(
      chunksTo(cluster, other).map(({ chunk }) => chunk.length),
      [0]
    )
    calm(cluster)
    assert.strictEqual(progressOf(leader, other).matchIndex, 5)
    assert.strictEqual(other.server!.log.lastIncludedIndex, 0)
  })

  it("§7 no more chunks are on the way than the options say, and heartbeats go on beside them", () => {
    const { cluster, lagging, leader } = behind({ commands: 20, options: { inflightChunksMax: 3 } })
    loseTouch(cluster, leader, lagging)
    cluster.wake(leader)
    deliverAll(cluster)
    deliverAll(cluster)
    cluster.endTurn(leader)
    assert.deepStrictEqual(
      chunksTo(cluster, lagging).map(({ offset }) => offset),
      [0, 4, 8]
    )
    cluster.bag = []
    for (let round = 0; round < 5; round++) {
      cluster.wake(leader)
      const beats = cluster.bag.filter(({ _tag, to }) => _tag === "HeartbeatRequest" && to === lagging.id)
      assert.lengthOf(beats, 1)
      cluster.bag = []
    }
  })

  it("§7 a peer that stays down is asked once a round, and sent no byte", () => {
    const { cluster, lagging, leader } = behind()
    loseTouch(cluster, leader, lagging)
    cluster.crash(lagging, 0)
    for (let round = 0; round < 20; round++) {
      cluster.wake(leader)
      const asked = chunksTo(cluster, lagging)
      assert.deepStrictEqual(
        asked.map(({ chunk }) => chunk.length),
        [0]
      )
      cluster.bag = []
    }
  })

  it("§7 a cut link costs what was on it: the bytes that arrived are not sent again", () => {
    const { cluster, lagging, leader } = behind({ commands: 9, options: { inflightChunksMax: 1 } })
    loseTouch(cluster, leader, lagging)
    cluster.wake(leader)
    for (let messages = 0; messages < 4; messages++) {
      flood(cluster, () => true)
      cluster.endTurn(leader)
    }
    const arrived = lagging.server!.snapshots.incoming!.received
    assert.isAbove(arrived, 0)
    cluster.bag = []
    const offsets: Array<number> = []
    for (let round = 0; round < 3; round++) {
      cluster.wake(leader)
      for (let messages = 0; messages < 20; messages++) {
        offsets.push(
          ...chunksTo(cluster, lagging).flatMap(({ chunk, offset }) => (chunk.length > 0 ? [offset] : []))
        )
        flood(cluster, () => true)
        cluster.endTurn(leader)
      }
    }
    assert.strictEqual(Math.min(...offsets), arrived)
    assert.strictEqual(lagging.applied, 9)
  })

  it("§7 a chunk that the transport could not deliver makes the leader ask again, in the next round", () => {
    const { cluster, lagging, leader } = behind({ options: { chunkBytesMax: 1_000 } })
    loseTouch(cluster, leader, lagging)
    cluster.wake(leader)
    const [chunk] = chunksTo(cluster, lagging)
    cluster.bag = []
    const { sequence } = chunk!
    cluster.tell(leader, { _tag: "PeerUnreachable", at: leader.clock, peer: lagging.id, sequence })
    cluster.endTurn(leader)
    assert.lengthOf(cluster.bag, 0)
    cluster.wake(leader)
    assert.deepStrictEqual(
      chunksTo(cluster, lagging).map((asked) => asked.chunk.length),
      [0]
    )
    calm(cluster)
    assert.strictEqual(lagging.applied, 5)
  })

  it("§7 a peer that refuses whatever it gets is not sent the same at the pace of its answers", () => {
    const recorded = recorder()
    const { cluster, lagging, leader } = behind({ observers: [recorded] })
    loseTouch(cluster, leader, lagging)
    recorded.steps.length = 0
    for (let round = 0; round < 5; round++) {
      cluster.wake(leader)
      for (let messages = 0; messages < 10; messages++) {
        // The network damages every chunk.
        cluster.bag = cluster.bag.map((message) =>
          isChunk(message) && message.chunk.length > 0
            ? { ...message, checksum: message.checksum ^ 1 }
            : message
        )
        flood(cluster, () => true)
        cluster.endTurn(leader)
      }
    }
    const received = recorded.steps.filter(
      ({ event }) => event._tag === "MessageReceived" && isChunk(event.message)
    )
    assert.isAtMost(received.length, 5 * (1 + cluster.options.inflightChunksMax))
    assert.strictEqual(lagging.server!.log.lastIncludedIndex, 0)
    assert.isUndefined(lagging.server!.snapshots.incoming)
  })

  it("§7 an append that was accepted after all ends the transfer", () => {
    const { cluster, leader, other } = behind()
    loseTouch(cluster, leader, other)
    leader.server = { ...leader.server!, role: forgotten(leader, other) }
    cluster.wake(leader)
    assert.strictEqual(progressOf(leader, other).mode, "Snapshot")
    const accepted = { _tag: "AppendEntriesAccepted", matchIndex: logIndex(5) } as const
    const { group, incarnation, sequence } = chunksTo(cluster, other)[0]!
    cluster.deliver({
      ...accepted,
      group,
      incarnation,
      sequence,
      from: other.id,
      to: leader.id,
      term: leader.server.currentTerm
    })
    const { matchIndex, mode, nextIndex } = progressOf(leader, other)
    assert.deepStrictEqual([mode, Number(matchIndex), Number(nextIndex)], ["Replicate", 5, 6])
  })
})

/** The leader as one that was elected just now, and knows nothing of this peer's log but that its own end is not there. */
const forgotten = (leader: Host, peer: Host) => {
  const role = leaderRole(leader)
  const progress = role.progress.map((known) =>
    known.id === peer.id
      ? {
          ...known,
          mode: "Probe" as const,
          nextIndex: logIndex(1),
          matchIndex: logIndex(0),
          commitSent: logIndex(0)
        }
      : known
  )
  return { ...role, progress }
}

/** `s0`, which holds entries of these terms and knows none of them committed, and follows `s1` in term 2. */
const follower = (terms: ReadonlyArray<number>, observe?: (step: Stepped) => void) => {
  const cluster = scene({
    size: 3,
    isUnwatched: true,
    options: { trailingEntries: 0 },
    observers: observe === undefined ? [] : [{ stepped: observe }]
  })
  const [host] = cluster.hosts as [Host]
  seedLog(cluster, host, terms, 2)
  return { cluster, host }
}

const deliverEach = (cluster: Cluster, messages: ReadonlyArray<Message>): void => {
  for (const message of messages) cluster.deliver(message)
}

describe("a follower that is sent a snapshot", () => {
  it("§7 a snapshot is acknowledged once it is durable, and the log that it replaces gone in the same write", () => {
    const recorded = recorder()
    const { cluster, host } = follower([1, 1], (step) => recorded.stepped!(step))
    deliverEach(cluster, chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 }))
    assert.deepStrictEqual(answersIn(cluster.bag), [])
    assert.deepStrictEqual([host.disk.lastIncludedIndex, host.disk.lastIndex()], [logIndex(0), logIndex(2)])
    const writes = recorded.steps.flatMap(({ outputs }) => outputs.filter(({ _tag }) => _tag === "Write"))
    assert.deepStrictEqual(
      writes.map((write) => write._tag === "Write" && [write.chunk?.offset, write.chunk?.isLast]),
      [
        [0, false],
        [4, false],
        [8, true]
      ]
    )
    cluster.persist(host, 2)
    assert.deepStrictEqual(answersIn(cluster.bag).at(-1), {
      lastIncludedIndex: logIndex(3),
      nextOffset: 8,
      installed: false
    })
    assert.strictEqual(host.disk.lastIndex(), 2)
    cluster.persist(host, 1)
    assert.isTrue(answersIn(cluster.bag).at(-1)!.installed)
    assert.deepStrictEqual([host.disk.lastIncludedIndex, host.disk.durable.entries], [logIndex(3), []])
  })

  it("§7 power that fails before the last chunk is durable leaves the old log, and nothing of the snapshot", () => {
    const { cluster, host } = follower([1, 1])
    deliverEach(cluster, chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 }))
    cluster.crash(host, 2)
    cluster.restart(host, false)
    const { log, snapshots } = host.server!
    assert.deepStrictEqual([Number(log.lastIncludedIndex), Number(log.lastIndex)], [0, 2])
    assert.isUndefined(snapshots.incoming)
    // It wants the bytes from the first on.
    cluster.bag = []
    const [, second] = chunksOf({ of: 2, sequence: 10, lastIncludedIndex: 3 })
    cluster.deliver(second!)
    cluster.persist(host, Infinity)
    assert.strictEqual(answersIn(cluster.bag).at(-1)?.nextOffset, 0)
  })

  it("§7 a log that agrees at the snapshot's end stays, with the suffix after it, and needs no byte", () => {
    const { cluster, host } = follower([1, 1, 1, 1, 1])
    const { log } = host.server!
    cluster.deliver(chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 })[0]!)
    cluster.persist(host, Infinity)
    assert.isTrue(answersIn(cluster.bag).at(-1)!.installed)
    assert.strictEqual(host.server!.log, log)
    assert.strictEqual(host.server!.commitIndex, 3)
  })

  it("§7 a log that disagrees there is dropped, with all that follows", () => {
    const { cluster, host } = follower([1, 1, 2, 2, 2])
    deliverEach(cluster, chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 }))
    const { commitIndex, log } = host.server!
    assert.deepStrictEqual(
      [log.lastIncludedIndex, log.lastIndex, log.lastTerm, log.lastTime, commitIndex].map(Number),
      [3, 3, 1, 5, 3]
    )
  })

  it("§7 a follower never goes back: a snapshot that ends before what is committed is acknowledged and ignored", () => {
    const { cluster, host } = follower([1, 1, 1, 1, 1])
    const heartbeat = {
      ...chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 1 })[0]!,
      leaderCommit: logIndex(5)
    }
    cluster.deliver({ ...heartbeat, _tag: "HeartbeatRequest" })
    settleHost(cluster, host)
    cluster.compact(host)
    const before = host.server!
    cluster.bag = []
    deliverEach(cluster, chunksOf({ of: 2, sequence: 2, lastIncludedIndex: 3 }))
    assert.isTrue(answersIn(cluster.bag).every(({ installed }) => installed))
    assert.strictEqual(host.server!.log, before.log)
    assert.strictEqual(host.server!.writes.lastId, before.writes.lastId)
  })

  it("§7 a chunk whose checksum is wrong is asked for again, and nothing of it stored", () => {
    const { cluster, host } = follower([])
    const [first] = chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 })
    const { writes } = host.server!
    cluster.deliver({ ...first!, chunk: Uint8Array.of(1, 2, 3, 4) })
    assert.deepStrictEqual(answersIn(cluster.bag), [
      { lastIncludedIndex: logIndex(3), nextOffset: 0, installed: false }
    ])
    assert.strictEqual(host.server!.writes, writes)
  })

  it("§7 a follower wants the byte after the last one it has, whatever comes, repeats and gaps included", () => {
    const { cluster, host } = follower([])
    const [first, second, third] = chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 })
    for (const chunk of [second!, first!, first!, third!, second!]) cluster.deliver(chunk)
    cluster.persist(host, Infinity)
    assert.deepStrictEqual(
      answersIn(cluster.bag).map(({ nextOffset }) => nextOffset),
      [0, 4, 4, 4, 8]
    )
  })

  it("§7 an unfinished snapshot gives way to a newer one of its leader; its late chunks change nothing", () => {
    const { cluster, host } = follower([])
    const older = chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 })
    const newer = chunksOf({ of: 2, sequence: 11, lastIncludedIndex: 4, salt: 9 })
    deliverEach(cluster, [older[0]!, older[1]!, newer[0]!])
    assert.deepInclude(host.server!.snapshots.incoming, { lastIncludedIndex: logIndex(4), received: 4 })
    deliverEach(cluster, [older[2]!, older[0]!])
    assert.deepInclude(host.server!.snapshots.incoming, { lastIncludedIndex: logIndex(4), received: 4 })
    deliverEach(cluster, newer.slice(1))
    settleHost(cluster, host)
    assert.deepStrictEqual(host.terms, [1, 1, 1, 1])
  })

  it("§7 two leaders are never mixed: a new one's snapshot begins anew, though it ends at the same place", () => {
    const { cluster, host } = follower([])
    const old = chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 })
    const fresh = chunksOf({ of: 3, sequence: 1, lastIncludedIndex: 3, salt: 9 })
    deliverEach(cluster, [old[0]!, old[1]!, fresh[2]!])
    assert.strictEqual(host.server!.log.lastIncludedIndex, 0)
    deliverEach(cluster, [...fresh, old[2]!])
    settleHost(cluster, host)
    assert.deepStrictEqual(host.terms, [1, 1, 1])
  })

  it("§7 a leader of an older term is answered with the own term, and nothing else", () => {
    const { cluster, host } = follower([])
    cluster.deliver(chunksOf({ of: 1, sequence: 1, lastIncludedIndex: 3 })[0]!)
    const [answer] = cluster.bag
    assert.strictEqual(answer?.term, term(2))
    assert.deepStrictEqual(answersIn(cluster.bag), [
      { lastIncludedIndex: logIndex(0), nextOffset: 0, installed: false }
    ])
    assert.isUndefined(host.server!.snapshots.incoming)
  })

  it("§7 a snapshot is restored when the open order to apply is done, and nothing is applied meanwhile", () => {
    const { cluster, host } = follower([1, 1])
    const [first] = chunksOf({ of: 2, sequence: 9, lastIncludedIndex: 3 })
    cluster.deliver({ ...first!, _tag: "HeartbeatRequest", leaderCommit: logIndex(2) })
    assert.lengthOf(host.order!.entries, 2)
    deliverEach(cluster, chunksOf({ of: 2, sequence: 10, lastIncludedIndex: 3 }))
    cluster.persist(host, Infinity)
    const orders: Array<string | undefined> = [host.snapshotOrder?._tag]
    for (let entries = 0; entries < 2; entries++) {
      cluster.apply(host, 1)
      orders.push(host.snapshotOrder?._tag)
    }
    assert.deepStrictEqual(orders, [undefined, undefined, "InstallSnapshot"])
    cluster.deliver({
      ...first!,
      _tag: "AppendEntriesRequest",
      prevLogIndex: logIndex(3),
      prevLogTerm: term(1),
      entries: [entry(4, 2)],
      leaderCommit: logIndex(4)
    })
    cluster.persist(host, Infinity)
    assert.isUndefined(host.order)
    cluster.obeySnapshotOrder(host)
    assert.deepStrictEqual([Number(host.server!.apply.lastApplied), host.terms.length], [3, 3])
    assert.strictEqual(host.order!.entries[0]?.index, 4)
  })

  it("§7 another snapshot is put off while the state machine takes one in", () => {
    const { cluster, host } = follower([])
    deliverEach(cluster, chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 }))
    cluster.persist(host, Infinity)
    cluster.bag = []
    const next = chunksOf({ of: 2, sequence: 20, lastIncludedIndex: 9 })
    cluster.deliver(next[0]!)
    assert.deepStrictEqual(answersIn(cluster.bag), [
      { lastIncludedIndex: logIndex(9), nextOffset: 0, installed: false }
    ])
    cluster.obeySnapshotOrder(host)
    deliverEach(cluster, next)
    settleHost(cluster, host)
    assert.strictEqual(host.applied, 9)
  })

  it("§7 a snapshot's configuration is in force once it is installed, and not before", () => {
    const { cluster, host } = follower([1])
    const { Configuration, serverId } = cluster.core
    const configuration = Configuration.ofVoters([serverId("s0"), serverId("s1")])
    const chunks = chunksOf({ of: 2, sequence: 1, lastIncludedIndex: 3 })
    for (const chunk of chunks) {
      assert.lengthOf(host.server!.configuration.members, 3)
      cluster.deliver({ ...chunk, snapshot: { ...chunk.snapshot, configuration } })
    }
    assert.strictEqual(host.server!.configuration, configuration)
  })
})
