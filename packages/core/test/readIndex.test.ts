import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect, flood, settleHost } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { calm, calmAmong, led, leaderRole, messagesIn, proposeTo, recorder, scene } from "./support/scenes.ts"

type Recorder = ReturnType<typeof recorder>

/** Everything that reads came to on one server, in order. */
const answersOf = ({ steps }: Recorder, host: Host): ReadonlyArray<core.ReadAnswer> =>
  steps
    .filter((step) => step.host === host)
    .flatMap(({ outputs }) =>
      outputs.flatMap((output) => (output._tag === "AnswerReads" ? output.answers : []))
    )

const readyAt = (...indexes: ReadonlyArray<number>): ReadonlyArray<core.ReadAnswer> =>
  indexes.map((readIndex, position) => ({
    _tag: "Ready",
    id: position + 1,
    readIndex: core.logIndex(readIndex)
  }))

/** A leader that has committed a command, known to everybody. */
const settled = (size: number, options: Partial<core.ServerOptions> = {}) => {
  const record = recorder()
  const cluster = led({ size, options, observers: [record] })
  proposeTo(cluster, cluster.hosts[0]!)
  calm(cluster)
  return { cluster, record, hosts: cluster.hosts as ReadonlyArray<Host> & [Host, Host, Host] }
}

const ask = (cluster: Cluster, host: Host): void => {
  cluster.read(host)
  cluster.endTurn(host)
}

const hear = (cluster: Cluster, from: Host, to: Host): void => {
  flood(cluster, (message) => message.from === from.id && message.to === to.id)
}

describe("thesis §6.4 reads at the leader", () => {
  it("§6.4 a read waits for a majority to answer what was sent after it was asked for", () => {
    const { cluster, hosts, record } = settled(5)
    const [leader, first, second, third] = hosts as unknown as [Host, Host, Host, Host]
    cluster.wake(leader)
    for (const follower of [first, second, third]) hear(cluster, leader, follower)
    // Their answers to the heartbeat before are on the way now.
    ask(cluster, leader)
    hear(cluster, first, leader)
    hear(cluster, second, leader)
    assert.deepStrictEqual(answersOf(record, leader), [])
    hear(cluster, leader, third)
    hear(cluster, third, leader)
    assert.deepStrictEqual(answersOf(record, leader), [])
    hear(cluster, leader, first)
    hear(cluster, first, leader)
    assert.deepStrictEqual(answersOf(record, leader), readyAt(1))
  })

  it("§6.4 the refusal of a request from an earlier life, of whatever number, proves nothing (B22)", () => {
    const { cluster, hosts, record } = settled(3)
    const [leader, follower] = hosts
    ask(cluster, leader)
    const stale: core.Message = {
      _tag: "HeartbeatResponse",
      group: core.groupId(0),
      from: follower.id,
      incarnation: core.incarnation(1),
      to: leader.id,
      term: leader.server!.currentTerm,
      sequence: core.sequence(1_000_000),
      accepted: false
    }
    cluster.deliver(stale)
    cluster.endTurn(leader)
    assert.deepStrictEqual(answersOf(record, leader), [])
    // What answers it is a request of an older term.
    const old: core.Message = {
      ...stale,
      _tag: "HeartbeatRequest",
      from: leader.id,
      to: follower.id,
      term: core.term(0),
      leaderCommit: core.logIndex(0)
    }
    const [, outputs] = core.step(follower.server!, {
      _tag: "MessageReceived",
      at: follower.clock,
      message: old
    })
    assert.deepStrictEqual(
      messagesIn(outputs).map((answer) => answer._tag === "HeartbeatResponse" && answer.accepted),
      [false]
    )
  })

  it("§6.4 reads of one turn share one round of heartbeats", () => {
    const { cluster, hosts } = settled(3)
    const [leader] = hosts
    for (let count = 0; count < 20; count++) cluster.read(leader)
    assert.lengthOf(cluster.bag, 0)
    cluster.endTurn(leader)
    assert.deepStrictEqual(
      cluster.bag.map(({ _tag }) => _tag),
      ["HeartbeatRequest", "HeartbeatRequest"]
    )
  })

  it("§6.4 a new leader commits an entry of its term first, and appends one if it has none (B21)", () => {
    const { cluster, hosts, record } = settled(3)
    const [old, next, other] = hosts
    proposeTo(cluster, old)
    calmAmong(cluster, [old, other])
    elect(cluster, other)
    assert.strictEqual(leaderRole(other).tenure.lastIndexBefore, 2)
    ask(cluster, other)
    assert.strictEqual(other.server?.log.lastIndex, 3)
    hear(cluster, other, next)
    assert.deepStrictEqual(answersOf(record, other), [])
    calm(cluster)
    assert.deepStrictEqual(answersOf(record, other), readyAt(3))
  })

  it("§6.4 it sees the state machine only once that holds the index", () => {
    const { cluster, hosts, record } = settled(3)
    const [leader, follower] = hosts
    proposeTo(cluster, leader)
    cluster.persist(leader, 1)
    hear(cluster, leader, follower)
    // From here on the leader's state machine takes nothing.
    flood(cluster, ({ to }) => to === leader.id, leader)
    assert.deepInclude(leader.server?.apply, {
      lastApplied: core.logIndex(1),
      orderedThrough: core.logIndex(2)
    })
    ask(cluster, leader)
    hear(cluster, leader, follower)
    flood(cluster, ({ to }) => to === leader.id, leader)
    assert.deepStrictEqual(answersOf(record, leader), [])
    cluster.apply(leader, 1)
    assert.deepStrictEqual(answersOf(record, leader), readyAt(2))
  })

  it("§6.4 alone in its configuration, a leader is its own majority", () => {
    const { cluster, hosts, record } = settled(1)
    ask(cluster, hosts[0])
    assert.deepStrictEqual(answersOf(record, hosts[0]), readyAt(1))
  })

  it("a leader that steps down answers its readers", () => {
    const { cluster, hosts, record } = settled(3)
    const [leader, next] = hosts
    ask(cluster, leader)
    elect(cluster, next)
    assert.deepStrictEqual(answersOf(record, leader), [{ _tag: "NotLeader", id: 1, leaderId: undefined }])
  })

  it("without a majority a read ends by its deadline", () => {
    const { cluster, hosts, record } = settled(3, { readTimeout: 700 })
    const [leader] = hosts
    ask(cluster, leader)
    const askedAt = leader.clock
    while (answersOf(record, leader).length === 0) cluster.wake(leader)
    assert.strictEqual(leader.clock - askedAt, 700)
    assert.deepStrictEqual(answersOf(record, leader), [{ _tag: "TimedOut", id: 1 }])
  })
})

describe("when storage fails", () => {
  it.each(["leader", "follower"])("every read at a %s is answered, once", (role) => {
    const { cluster, hosts, record } = settled(3)
    const host = hosts[role === "leader" ? 0 : 1]
    ask(cluster, host)
    ask(cluster, host)
    cluster.tell(host, { _tag: "StorageFailed", at: host.clock })
    assert.deepStrictEqual(
      answersOf(record, host).map(({ _tag, id }) => [_tag, id]),
      [
        ["NotLeader", 1],
        ["NotLeader", 2]
      ]
    )
  })
})

describe("thesis §6.4 reads at a follower", () => {
  it("§6.4 it asks its leader, and waits for its own state machine", () => {
    const { cluster, hosts, record } = settled(3)
    const [leader, follower, other] = hosts
    proposeTo(cluster, leader)
    calmAmong(cluster, [leader, other])
    ask(cluster, follower)
    for (let round = 0; round < 3; round++) {
      hear(cluster, follower, leader)
      hear(cluster, leader, other)
      hear(cluster, other, leader)
      settleHost(cluster, leader)
    }
    const [answer] = cluster.bag.filter(({ _tag }) => _tag === "ReadIndexResponse")
    cluster.take(answer!)
    cluster.deliver(answer!)
    assert.deepStrictEqual(answersOf(record, follower), [])
    calm(cluster)
    for (let round = 0; round < 2; round++) {
      cluster.wake(leader)
      calm(cluster)
    }
    assert.deepStrictEqual(answersOf(record, follower), readyAt(2))
  })

  it.each([
    ["it knows of no leader", scene({ size: 3 })],
    ["it may not ask the leader", led({ size: 3, options: { forwarding: false } })]
  ])("is refused at once where %s", (_, cluster) => {
    const follower = cluster.hosts[1]!
    const event: core.Event = { _tag: "ReadRequested", at: follower.clock, ids: [7, 8] }
    const [, outputs] = core.step(follower.server!, event)
    assert.deepStrictEqual(
      outputs.flatMap((output) =>
        output._tag === "AnswerReads" ? output.answers.map(({ _tag, id }) => [_tag, id]) : []
      ),
      [
        ["NotLeader", 7],
        ["NotLeader", 8]
      ]
    )
  })

  it("a leader that cannot be reached, or does not lead any more, is an answer too", () => {
    const { cluster, hosts, record } = settled(3)
    const [leader, follower, other] = hosts
    ask(cluster, follower)
    cluster.tell(follower, {
      _tag: "PeerUnreachable",
      at: follower.clock,
      peer: leader.id,
      sequence: undefined
    })
    assert.deepStrictEqual(answersOf(record, follower), [{ _tag: "NotLeader", id: 1, leaderId: leader.id }])
    cluster.bag = []
    ask(cluster, follower)
    const [question] = cluster.bag
    cluster.bag = []
    elect(cluster, other)
    cluster.take(question!)
    cluster.deliver(question!)
    hear(cluster, leader, follower)
    assert.deepStrictEqual(answersOf(record, follower).at(-1), {
      _tag: "NotLeader",
      id: 2,
      leaderId: undefined
    })
  })
})
