import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import type { Event } from "../src/event.ts"
import type { Message } from "../src/message.ts"
import type { Transition } from "../src/transition.ts"
import { elect, flood } from "./support/actions.ts"
import type { Host } from "./support/Cluster.ts"
import { calm, entry, led, messagesIn, recorder, scene } from "./support/scenes.ts"

const message = (
  from: Host,
  to: Host,
  term: number,
  rest: {
    readonly [Tag in Message["_tag"]]: Omit<Extract<Message, { _tag: Tag }>, keyof core.Header>
  }[Message["_tag"]]
): Message => ({
  group: core.groupId(0),
  from: from.id,
  incarnation: core.incarnation(1),
  to: to.id,
  term: core.term(term),
  sequence: core.sequence(77),
  ...rest
})

const append = (leaderCommit = 0) => ({
  _tag: "AppendEntriesRequest" as const,
  prevLogIndex: core.logIndex(0),
  prevLogTerm: core.term(0),
  entries: [],
  leaderCommit: core.logIndex(leaderCommit)
})
const heartbeat = { _tag: "HeartbeatRequest" as const, leaderCommit: core.logIndex(0) }
const vote = {
  _tag: "RequestVoteRequest" as const,
  lastLogIndex: core.logIndex(0),
  lastLogTerm: core.term(0),
  leadershipTransfer: false
}

/** A server of three, without its cluster, and what it orders when it gets a message. */
const receive = (host: Host, received: Message): Transition => {
  const event: Event = { _tag: "MessageReceived", at: host.clock, message: received }
  return core.step(host.server!, event)
}

describe("§5.1 terms", () => {
  it("§5.1 servers start as followers, of nobody, in term 0", () => {
    const server = scene({ size: 3 }).hosts[0]!.server!
    assert.strictEqual(server.currentTerm, 0)
    assert.deepInclude(server.role, { _tag: "Follower", leaderId: undefined })
  })

  it("§5.1 each election begins a new term, and terms are consecutive", () => {
    const cluster = led({ size: 3 })
    assert.strictEqual(cluster.hosts[0]!.server!.currentTerm, 1)
    elect(cluster, cluster.hosts[1]!)
    assert.strictEqual(cluster.hosts[1]!.server!.currentTerm, 2)
  })

  it.each([append(), heartbeat, vote])("§5.1 a leader that learns a newer term steps down: $_tag", (rest) => {
    const cluster = led({ size: 3 })
    const [leader, other] = cluster.hosts as [Host, Host]
    const [next] = receive(leader, message(other, leader, 7, rest))
    assert.deepStrictEqual([next.currentTerm, next.role._tag], [7, "Follower"])
  })

  it("§5.1 a candidate that learns a newer term from an answer steps down, and its vote is free again", () => {
    const cluster = scene({ size: 3 })
    const [candidate, other] = cluster.hosts as [Host, Host]
    cluster.timeout(candidate)
    assert.strictEqual(candidate.server!.role._tag, "Candidate")
    const answer = message(other, candidate, 4, { _tag: "RequestVoteResponse", voteGranted: false })
    const [next] = receive(candidate, answer)
    assert.deepStrictEqual([next.currentTerm, next.role._tag, next.votedFor], [4, "Follower", undefined])
  })

  it.each([
    [append(), "AppendEntriesRefused"],
    [heartbeat, "HeartbeatResponse"],
    [vote, "RequestVoteResponse"]
  ] as const)("§5.1 a request of an older term is rejected with the current one: %o", (rest, tag) => {
    const cluster = led({ size: 3 })
    elect(cluster, cluster.hosts[1]!)
    const [old, , receiver] = cluster.hosts as [Host, Host, Host]
    const [next, outputs] = receive(receiver, message(old, receiver, 1, rest))
    const answers = messagesIn(outputs)
    assert.deepStrictEqual(
      answers.map(({ _tag, sequence, term, to }) => ({ _tag, sequence, term, to })),
      [{ _tag: tag, sequence: core.sequence(77), term: core.term(2), to: old.id }]
    )
    assert.strictEqual(next.role, receiver.server!.role)
  })

  it("§5.1 that answer deposes a leader who has not noticed", () => {
    const cluster = led({ size: 3 })
    const [old, next, third] = cluster.hosts as [Host, Host, Host]
    cluster.timeout(next)
    cluster.persist(next, 1)
    flood(cluster, ({ to }) => to === third.id)
    flood(cluster, ({ to }) => to === next.id)
    cluster.bag = []
    cluster.wake(old)
    flood(cluster, ({ to }) => to === third.id)
    flood(cluster, ({ from, to }) => from === third.id && to === old.id)
    assert.deepStrictEqual([old.server!.role._tag, old.server!.currentTerm], ["Follower", 2])
  })

  it("§5.1 an answer of an older term is ignored", () => {
    const cluster = led({ size: 3 })
    const [leader, other] = cluster.hosts as [Host, Host]
    const stale = message(other, leader, 0, { _tag: "AppendEntriesAccepted", matchIndex: core.logIndex(0) })
    assert.deepStrictEqual(receive(leader, stale), [leader.server!, []])
  })

  it("a message for another server or another log is not ours to answer", () => {
    const cluster = led({ size: 3 })
    const [leader, other, third] = cluster.hosts as [Host, Host, Host]
    assert.deepStrictEqual(receive(other, message(leader, third, 9, heartbeat)), [other.server!, []])
    const elsewhere = { ...message(leader, other, 9, heartbeat), group: core.groupId(5) }
    assert.deepStrictEqual(receive(other, elsewhere), [other.server!, []])
  })
})

describe("time", () => {
  it("a clock that goes back counts as standing still", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    const [later] = core.step(leader.server!, { _tag: "TimeAdvanced", at: leader.clock + 10 })
    const [back] = core.step(later, { _tag: "TimeAdvanced", at: leader.clock - 1_000 })
    assert.strictEqual(back.now, leader.clock + 10)
  })

  it("role changes are told, with the leader once it is known", () => {
    const record = recorder()
    const cluster = scene({ size: 3, observers: [record] })
    elect(cluster, cluster.hosts[0]!)
    calm(cluster)
    const told = record.steps.flatMap(({ host, outputs }) =>
      outputs.flatMap((output) =>
        output._tag === "RoleChanged"
          ? [`${host.id} ${output.role} ${output.term} ${output.leaderId ?? "-"}`]
          : []
      )
    )
    assert.deepStrictEqual(told.slice(0, 2), ["s0 Candidate 1 -", "s1 Follower 1 -"])
    assert.include(told, "s0 Leader 1 s0")
    assert.include(told, "s1 Follower 1 s0")
    assert.include(told, "s2 Follower 1 s0")
  })
})

describe("broken reasoning stops the server by name", () => {
  it("ElectionSafety: two leaders of one term", () => {
    const cluster = led({ size: 3 })
    const [leader, other] = cluster.hosts as [Host, Host]
    assert.throws(() => receive(leader, message(other, leader, 1, heartbeat)), /ElectionSafety/)
  })

  it("StateMachineSafety: a leader that contradicts what is committed", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    cluster.propose(leader, 1)
    calm(cluster)
    cluster.wake(leader)
    calm(cluster)
    assert.strictEqual(follower.server!.commitIndex, 1)
    const wrong = message(leader, follower, 2, { ...append(), entries: [entry(1, 2)] })
    assert.throws(() => receive(follower, wrong), core.InvariantViolation)
  })

  it("storage that confirms what was never written", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    const event: Event = { _tag: "WritesPersisted", at: leader.clock, through: core.writeId(99) }
    assert.throws(() => core.step(leader.server!, event), /only writes that were issued/)
  })
})
