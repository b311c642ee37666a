import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import type { AppendEntriesRequest, Event, Server } from "../src/index.ts"
import * as AppendList from "../src/log/appendList.ts"
import { flood } from "./support/actions.ts"
import type { Host } from "./support/Cluster.ts"
import { calm, entry, led, proposeTo, recorder, scene } from "./support/scenes.ts"

const append = (term: number, from: number, terms: ReadonlyArray<number>): Event => {
  const message: AppendEntriesRequest = {
    _tag: "AppendEntriesRequest",
    group: core.groupId(0),
    from: core.serverId(`s${1 + (term % 2)}`),
    incarnation: core.incarnation(1),
    to: core.serverId("s0"),
    term: core.term(term),
    sequence: core.sequence(1),
    prevLogIndex: core.logIndex(from - 1),
    prevLogTerm: core.term(from > 1 ? 1 : 0),
    entries: terms.map((value, position) => entry(from + position, value)),
    leaderCommit: core.logIndex(0)
  }
  return { _tag: "MessageReceived", at: 0, message }
}
const persisted = (through: number): Event => ({
  _tag: "WritesPersisted",
  at: 0,
  through: core.writeId(through)
})

/** `durableIndex` after each of some events on one follower. */
const durableAfter = (events: ReadonlyArray<Event>): ReadonlyArray<number> => {
  let server: Server = scene({ size: 3, isUnwatched: true }).hosts[0]!.server!
  return events.map((event) => {
    server = core.step(server, event)[0]
    return server.writes.durableIndex
  })
}

describe("durableIndex", () => {
  it("follows the writes that storage confirms, as a prefix of their ids", () => {
    const events = [append(1, 1, [1]), append(1, 2, [1, 1]), persisted(1), persisted(2)]
    assert.deepStrictEqual(durableAfter(events), [0, 0, 1, 3])
    const together = [append(1, 1, [1]), append(1, 2, [1, 1]), persisted(2), persisted(1)]
    assert.deepStrictEqual(durableAfter(together), [0, 0, 3, 3])
  })

  it("falls when what was durable is overwritten, and returns with the new write", () => {
    const events = [append(1, 1, [1, 1, 1]), persisted(1), append(2, 2, [2]), persisted(2)]
    assert.deepStrictEqual(durableAfter(events), [0, 3, 1, 2])
  })

  it("does not count a write whose entries a later write in flight removed", () => {
    const events = [append(1, 1, [1, 1, 1]), append(2, 2, [2]), persisted(1), persisted(2)]
    assert.deepStrictEqual(durableAfter(events), [0, 0, 1, 2])
  })

  // Index and term of the first write's entry come again in the third, so they prove nothing.
  it("written, overwritten and written again: only the last write makes it durable", () => {
    const events = [
      append(1, 1, [1, 1]),
      append(2, 2, [2]),
      append(3, 2, [1, 3]),
      persisted(1),
      persisted(2),
      persisted(3)
    ]
    assert.deepStrictEqual(durableAfter(events), [0, 0, 0, 1, 1, 3])
  })

  it("after a restart everything that storage gave back is durable", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    proposeTo(cluster, leader, 4)
    cluster.crash(leader, 1)
    cluster.restart(leader, false)
    assert.strictEqual(Number(leader.server!.writes.durableIndex), 4)
    proposeTo(cluster, leader)
    cluster.crash(leader, 0)
  })

  it("Write ids count from 1 in each life, and each write is one atomic unit", () => {
    const record = recorder()
    const cluster = scene({ size: 1, observers: [record] })
    const [alone] = cluster.hosts as [Host]
    cluster.timeout(alone)
    cluster.persist(alone, 1)
    proposeTo(cluster, alone, 2)
    const writes = record.steps.flatMap(({ outputs }) => outputs.filter((output) => output._tag === "Write"))
    assert.deepStrictEqual(
      writes.map((write) => [Number(write.id), write.hardState !== undefined, write.entries.length]),
      [
        [1, true, 0],
        [2, false, 2]
      ]
    )
  })

  it("a step that changes the term and the log orders a single write of both", () => {
    const [, outputs] = core.step(scene({ size: 3, isUnwatched: true }).hosts[0]!.server!, append(1, 1, [1]))
    const writes = outputs.filter((output) => output._tag === "Write")
    assert.lengthOf(writes, 1)
    assert.deepInclude(writes[0], { hardState: { currentTerm: core.term(1), votedFor: undefined } })
    assert.lengthOf(writes[0]!.entries, 1)
  })
})

describe("storage that does not answer", () => {
  const stall = core.defaultServerOptions.storageStallTimeout

  it("a leader steps down once its oldest write is in flight for too long, and not before", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    const start = leader.clock
    proposeTo(cluster, leader)
    leader.clock = start + stall - 1
    cluster.endTurn(leader)
    assert.strictEqual(leader.server!.role._tag, "Leader")
    assert.isAtMost(core.nextDeadline(leader.server!), start + stall)
    leader.clock = start + stall
    cluster.endTurn(leader)
    assert.strictEqual(leader.server!.role._tag, "Follower")
  })

  it("neither does it campaign until the write completes", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    proposeTo(cluster, leader)
    flood(cluster, ({ to }) => to === follower.id, follower)
    follower.clock += stall
    for (let attempt = 0; attempt < 5; attempt++) {
      cluster.timeout(follower)
      assert.deepStrictEqual(
        [follower.server!.role._tag, Number(follower.server!.currentTerm)],
        ["Follower", 1]
      )
    }
    cluster.persist(follower, 1)
    cluster.timeout(follower)
    assert.strictEqual(follower.server!.role._tag, "Candidate")
  })

  it("its first failure is final: nothing is promised, sent or planned any more", () => {
    const cluster = led({ size: 3, isUnwatched: true })
    const [leader] = cluster.hosts as [Host]
    const [failed] = core.step(leader.server!, { _tag: "StorageFailed", at: leader.clock })
    assert.deepInclude(failed, { storageFailed: true })
    assert.strictEqual(failed.role._tag, "Follower")
    assert.strictEqual(core.nextDeadline(failed), Infinity)
    const later: ReadonlyArray<Event> = [
      { _tag: "TimeAdvanced", at: leader.clock + 100_000 },
      { _tag: "CommandsProposed", at: 0, proposals: [{ id: 1, command: new Uint8Array(1) }] },
      { _tag: "StorageFailed", at: 0 },
      append(9, 1, [1])
    ]
    for (const event of later) assert.deepStrictEqual(core.step(failed, event), [failed, []])
  })

  it("writes in flight are counted out as storage confirms them", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    for (let count = 0; count < 3; count++) proposeTo(cluster, leader)
    const open = () => AppendList.size(leader.server!.writes.inFlight)
    assert.strictEqual(open(), 3)
    cluster.persist(leader, 2)
    assert.strictEqual(open(), 1)
    calm(cluster)
    assert.strictEqual(open(), 0)
  })
})
