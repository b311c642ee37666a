import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { exchange, flood, settleHost } from "./support/actions.ts"
import { Cluster, type Host } from "./support/Cluster.ts"
import { allOn } from "./support/run.ts"
import { calm, calmAmong, leaderRole, led, proposeTo, recorder, type Scene } from "./support/scenes.ts"

const { electionTimeoutMax, heartbeatInterval } = core.defaultServerOptions

/** A cluster with a leader, and everything that it answered about transfers. */
const handing = (scene: Scene = { size: 3, options: allOn }) => {
  const record = recorder()
  const cluster = led({ ...scene, observers: [record] })
  const [leader, target, other] = cluster.hosts as [Host, Host, Host]
  const answers = () =>
    record.steps.flatMap(({ outputs }) =>
      outputs.flatMap((output) => (output._tag === "AnswerTransfer" ? [output] : []))
    )
  const results = () => answers().map(({ result }) => result)
  return { cluster, leader, target, other, answers, results, record }
}

const isOrder = ({ _tag }: core.Message) => _tag === "TimeoutNowRequest"
const ordersIn = (cluster: Cluster) => cluster.bag.filter(isOrder).map(({ to }) => to)

/** The leader's time passes, turn by turn, and nobody hears it. */
const wait = (cluster: Cluster, leader: Host, ms: number): void => {
  for (let elapsed = 0; elapsed < ms; elapsed += heartbeatInterval) {
    leader.clock += heartbeatInterval
    cluster.endTurn(leader)
  }
}

/** What a server answers to a request for a transfer, which nobody carries out. */
const ask = (host: Host, target: core.ServerId) =>
  core
    .step(host.server!, { _tag: "LeadershipTransferRequested", at: host.clock, id: 7, target })[1]
    .flatMap((output) => (output._tag === "AnswerTransfer" ? [[output.id, output.result]] : []))

describe("thesis §3.10 leadership transfer", () => {
  it("§3.10 a target that has everything is told to campaign in the same turn, and wins at once", () => {
    const { cluster, leader, results, target } = handing()
    cluster.transfer(leader, target)
    assert.isAtMost(core.nextDeadline(leader.server!), leader.clock)
    cluster.endTurn(leader)
    assert.deepStrictEqual(ordersIn(cluster), [target.id])
    const deadline = core.nextDeadline(target.server!)
    calm(cluster)
    assert.isBelow(target.clock, deadline)
    assert.strictEqual(target.server!.role._tag, "Leader")
    assert.deepInclude(leader.server!.role, { _tag: "Follower", leaderId: target.id })
    assert.deepStrictEqual(results(), [{ _tag: "SteppedDown", term: core.term(2) }])
  })

  it("§3.10 one that is behind is brought up to the leader's log first", () => {
    const { cluster, leader, other, target } = handing()
    proposeTo(cluster, leader, 3)
    calmAmong(cluster, [leader, other])
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    assert.deepStrictEqual(ordersIn(cluster), [])
    for (let round = 0; round < 3; round++) {
      cluster.wake(leader)
      exchange(cluster, leader, target, false)
    }
    calm(cluster)
    assert.strictEqual(target.server!.role._tag, "Leader")
    assert.isAtLeast(target.server!.log.lastIndex, 4)
  })

  it("§3.10 meanwhile the leader takes no commands: they are definitely appended nowhere", () => {
    const { cluster, leader, record, target } = handing()
    const { lastIndex } = leader.server!.log
    cluster.transfer(leader, target)
    cluster.propose(leader, 2)
    assert.strictEqual(leader.server!.log.lastIndex, lastIndex)
    const answers = record.steps
      .at(-1)!
      .outputs.flatMap((output) => (output._tag === "AnswerProposals" ? output.answers : []))
    assert.deepStrictEqual(
      answers.map(({ _tag }) => _tag),
      ["Overloaded", "Overloaded"]
    )
  })

  it("§3.10 voters that hear from the old leader elect the target all the same, for its requests say why", () => {
    const { cluster, leader, other, target } = handing()
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    flood(cluster, isOrder)
    const requests = cluster.bag.filter(({ from }) => from === target.id)
    assert.isTrue(
      requests
        .filter((message) => message._tag === "RequestVoteRequest")
        .every(({ leadershipTransfer }) => leadershipTransfer)
    )
    flood(cluster, ({ to }) => to === other.id)
    assert.strictEqual(other.server!.votedFor, target.id)
  })

  it("the flag belongs to the order: the next election of the same server asks like anybody", () => {
    const { cluster, leader, target } = handing({ size: 3, options: { checkQuorum: true } })
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    flood(cluster, isOrder)
    assert.deepInclude(target.server!.role, { _tag: "Candidate", leadershipTransfer: true })
    cluster.timeout(target)
    assert.deepInclude(target.server!.role, { _tag: "Candidate", leadershipTransfer: false })
  })

  it("§3.10 the order asks nobody in advance, and is repeated each round until somebody follows it", () => {
    const { cluster, leader, target } = handing()
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    cluster.bag = []
    wait(cluster, leader, 2 * heartbeatInterval)
    assert.deepStrictEqual(ordersIn(cluster), [target.id, target.id])
    flood(cluster, isOrder)
    assert.strictEqual(target.server!.role._tag, "Candidate")
  })

  it("§3.10 after an election timeout the leader gives up, says so, and takes commands again", () => {
    const { cluster, leader, results, target } = handing({ size: 3 })
    cluster.transfer(leader, target)
    const begunAt = leader.clock
    wait(cluster, leader, electionTimeoutMax - heartbeatInterval)
    assert.deepStrictEqual(results(), [])
    assert.isAtMost(core.nextDeadline(leader.server!), begunAt + electionTimeoutMax)
    leader.clock = begunAt + electionTimeoutMax
    cluster.endTurn(leader)
    assert.deepStrictEqual(results(), [{ _tag: "TimedOut" }])
    cluster.propose(leader, 1)
    assert.strictEqual(Number(leader.server!.log.lastIndex), 1)
  })

  it("the driver may sleep until the transfer ends, and no longer", () => {
    const { cluster, leader, target } = handing({ size: 3, options: { heartbeatInterval: 250 } })
    cluster.crash(target, 0)
    proposeTo(cluster, leader)
    cluster.transfer(leader, target)
    const { transfer } = leaderRole(leader)
    while (core.nextDeadline(leader.server!) < transfer!.deadline) cluster.wake(leader)
    assert.strictEqual(core.nextDeadline(leader.server!), transfer!.deadline)
    cluster.wake(leader)
    assert.isUndefined(leaderRole(leader).transfer)
  })
})

describe("who can be handed leadership", () => {
  it("B9 a learner or a stranger cannot, and a server that does not lead has nothing to hand over", () => {
    const record = recorder()
    const cluster = new Cluster({
      core,
      size: 4,
      observers: [record],
      options: core.defaultServerOptions,
      configuration: (ids) => ({
        members: [
          ...ids.slice(0, 3).map((id) => core.Configuration.voter(id)),
          core.Configuration.learner(ids[3]!)
        ]
      })
    })
    const [leader, follower, , learner] = cluster.hosts as [Host, Host, Host, Host]
    while (leader.server!.role._tag !== "Leader") {
      for (const host of cluster.hosts) host.clock += 300
      cluster.timeout(leader)
      calm(cluster)
    }
    assert.deepStrictEqual(ask(leader, learner.id), [[7, { _tag: "NotVoter" }]])
    assert.deepStrictEqual(ask(leader, core.serverId("nobody")), [[7, { _tag: "NotVoter" }]])
    assert.deepStrictEqual(ask(leader, leader.id), [[7, { _tag: "AlreadyLeader" }]])
    assert.deepStrictEqual(ask(follower, leader.id), [[7, { _tag: "NotLeader", leaderId: leader.id }]])
  })

  it("one transfer at a time: a second is answered at once and disturbs nothing", () => {
    const { cluster, leader, other, results, target } = handing()
    cluster.transfer(leader, target)
    cluster.transfer(leader, other)
    assert.deepStrictEqual(results(), [{ _tag: "AlreadyInProgress", target: target.id }])
    assert.strictEqual(leaderRole(leader).transfer?.target, target.id)
  })

  it("each request is answered exactly once, under its own number", () => {
    const { answers, cluster, leader, other, target } = handing()
    cluster.transfer(leader, target)
    cluster.transfer(leader, other)
    cluster.endTurn(leader)
    calm(cluster)
    cluster.transfer(leader, target)
    assert.deepStrictEqual(
      answers().map(({ id, result }) => [id, result._tag]),
      [
        [2, "AlreadyInProgress"],
        [1, "SteppedDown"],
        [3, "NotLeader"]
      ]
    )
  })

  it("a leader whose storage fails in the middle answers", () => {
    const { cluster, leader, results, target } = handing()
    cluster.transfer(leader, target)
    cluster.tell(leader, { _tag: "StorageFailed", at: leader.clock })
    assert.deepStrictEqual(results(), [{ _tag: "SteppedDown", term: core.term(1) }])
  })

  it("a target whose storage is stuck does not campaign", () => {
    const { cluster, leader, target } = handing({ size: 3, options: { ...allOn, storageStallTimeout: 500 } })
    proposeTo(cluster, leader)
    flood(cluster, ({ to }) => to === target.id, target)
    target.clock += 500
    cluster.deliver({
      _tag: "TimeoutNowRequest",
      group: core.groupId(0),
      from: leader.id,
      incarnation: core.incarnation(1),
      to: target.id,
      term: core.term(1),
      sequence: core.sequence(99)
    })
    assert.strictEqual(target.server!.currentTerm, 1)
    assert.include(
      cluster.bag.map(({ _tag }) => _tag),
      "TimeoutNowResponse"
    )
  })
})

describe("B9: an order to campaign that comes late", () => {
  it("after the transfer was given up it still holds in its term, and the leader knows that for ever", () => {
    const { cluster, leader, results, target } = handing({ size: 3, options: { checkQuorum: true } })
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    const [late] = cluster.bag.filter(isOrder)
    cluster.bag = []
    for (let round = 0; round < 7; round++) {
      cluster.wake(leader)
      cluster.bag = cluster.bag.filter((message) => !isOrder(message))
      calm(cluster)
    }
    assert.deepStrictEqual(results(), [{ _tag: "TimedOut" }])
    // No lease of this term may count on the followers' patience again.
    assert.isTrue(leaderRole(leader).mayBeSucceeded)
    proposeTo(cluster, leader)
    calm(cluster)
    assert.isTrue(leaderRole(leader).mayBeSucceeded)

    cluster.deliver(late!)
    settleHost(cluster, target)
    calm(cluster)
    assert.strictEqual(target.server!.role._tag, "Leader")
    assert.strictEqual(Number(target.server!.log.lastIndex), 1)
  })

  it("in a later term it is answered with that term, and nobody campaigns", () => {
    const { cluster, leader, other, target } = handing()
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    const [late] = cluster.bag.filter(isOrder)
    calm(cluster)
    cluster.transfer(target, other)
    cluster.endTurn(target)
    calm(cluster)
    assert.strictEqual(other.server!.role._tag, "Leader")
    cluster.deliver(late!)
    assert.deepInclude(target.server, { currentTerm: core.term(3) })
    assert.strictEqual(target.server!.role._tag, "Follower")
    const [answer] = cluster.bag
    assert.deepInclude(answer, { _tag: "TimeoutNowResponse", term: core.term(3) })
  })

  it("a target that cannot win costs one election, and the cluster finds a leader", () => {
    const { cluster, leader, other, target } = handing()
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    const [late] = cluster.bag.filter(isOrder)
    cluster.bag = []
    for (let round = 0; round < 7; round++) {
      cluster.wake(leader)
      cluster.bag = cluster.bag.filter((message) => !isOrder(message))
      calm(cluster)
    }
    proposeTo(cluster, leader)
    calmAmong(cluster, [leader, other])
    cluster.deliver(late!)
    calm(cluster)
    assert.strictEqual(target.server!.role._tag, "Candidate")
    for (let attempt = 0; attempt < 10 && other.server!.role._tag !== "Leader"; attempt++) {
      for (const host of cluster.hosts) host.clock += electionTimeoutMax
      cluster.timeout(other)
      calm(cluster)
    }
    assert.strictEqual(other.server!.role._tag, "Leader")
  })
})

describe("B10: nothing of a transfer outlives the leadership that it belonged to", () => {
  it("a leader that lost its role in the middle, elected again, takes commands and hands nothing over", () => {
    const { cluster, leader, other, target } = handing()
    cluster.transfer(leader, target)
    cluster.endTurn(leader)
    calm(cluster)
    assert.strictEqual(target.server!.role._tag, "Leader")
    cluster.transfer(target, leader)
    cluster.endTurn(target)
    calm(cluster)
    assert.deepInclude(leaderRole(leader), { transfer: undefined, mayBeSucceeded: false })
    const before = leader.server!.commitIndex
    proposeTo(cluster, leader, 3)
    calm(cluster)
    assert.strictEqual(Number(leader.server!.commitIndex), before + 3)
    wait(cluster, leader, 2 * heartbeatInterval)
    assert.deepStrictEqual(ordersIn(cluster), [])
    assert.strictEqual(other.server!.commitIndex, leader.server!.commitIndex)
  })
})
