import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { exchange, flood, settleHost } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { change } from "./support/membershipActions.ts"
import { calm, calmAmong, leaderRole, led, proposeTo, recorder, type Scene } from "./support/scenes.ts"

const { electionTimeoutMax, electionTimeoutMin, heartbeatInterval, promotionLagEntriesMax } =
  core.defaultServerOptions

/** One entry in a message, and one message at a time. */
const oneByOne = { appendBytesMax: 1, inflightMessagesMax: 1 }

const id = (name: string) => core.serverId(name)
const addLearner = (name: string): core.MemberChange => ({
  _tag: "Add",
  member: core.Configuration.learner(id(name))
})
const promote = (name: string): core.MemberChange => ({ _tag: "Promote", id: id(name) })
const remove = (name: string): core.MemberChange => ({ _tag: "Remove", id: id(name) })
const simple = (...changes: ReadonlyArray<core.MemberChange>): core.RequestedChange => ({
  _tag: "Simple",
  changes
})
const joint = (autoLeave: boolean, ...changes: ReadonlyArray<core.MemberChange>): core.RequestedChange => ({
  _tag: "EnterJoint",
  changes,
  autoLeave
})

/** A cluster whose leader has committed an entry of its own, and everything that it answered about changes. */
const changing = (scene: Scene = { size: 3, spares: 2 }) => {
  const record = recorder()
  const cluster = led({ ...scene, observers: [record] })
  const leader = cluster.hosts[0]!
  proposeTo(cluster, leader)
  calm(cluster)
  const answers = () =>
    record.steps.flatMap(({ outputs }) =>
      outputs.flatMap((output) => (output._tag === "AnswerConfigurationChange" ? [output.result] : []))
    )
  /** The answer to this request, made in a turn of its own. */
  const ask = (requested: core.RequestedChange, expectedIndex?: core.LogIndex, host = leader) => {
    change(cluster, host, requested, expectedIndex)
    cluster.endTurn(host)
    return answers().at(-1)!
  }
  return { cluster, leader, ask, record }
}

/** Who belongs to the cluster, as this server sees it; voters of the outgoing half after a bar. */
const membersOf = ({ server }: Host): string => {
  const { members, outgoing } = server!.configuration
  const incoming = members.map((member) => `${member.id}${member.role === "Learner" ? "?" : ""}`).join(" ")
  return outgoing === undefined
    ? incoming
    : `${incoming} | ${outgoing.members.map((one) => one.id).join(" ")}`
}

const hostsOf = (cluster: Cluster) => cluster.hosts as [Host, Host, Host, Host, Host]

/** The leader's time passes, turn by turn, and nobody hears it. */
const wait = (cluster: Cluster, leader: Host, ms: number): void => {
  for (let elapsed = 0; elapsed < ms; elapsed += heartbeatInterval) {
    leader.clock += heartbeatInterval
    cluster.endTurn(leader)
  }
}

/** Rounds pass and are heard by everybody. */
const pass = (cluster: Cluster, leader: Host, ms: number): void => {
  for (let elapsed = 0; elapsed < ms; elapsed += heartbeatInterval) {
    for (const host of cluster.hosts) host.clock += heartbeatInterval
    cluster.endTurn(leader)
    calm(cluster)
  }
}

describe("§6 a configuration in the log", () => {
  it("§6 a server uses the latest configuration in its log, committed or not", () => {
    const { ask, cluster, leader } = changing()
    const [, other, third] = hostsOf(cluster)
    assert.deepStrictEqual(ask(simple(remove("s2"))), {
      _tag: "Appended",
      index: core.logIndex(2),
      term: core.term(1)
    })
    assert.deepStrictEqual([leader, other, third].map(membersOf), ["s0 s1", "s0 s1 s2", "s0 s1 s2"])
    exchange(cluster, leader, other, true)
    assert.strictEqual(other.server!.commitIndex, 1)
    assert.strictEqual(membersOf(other), "s0 s1")
  })

  it("§6 the majority that commits it is its own: two of two here, not two of three", () => {
    const { ask, cluster, leader } = changing()
    const [, other, third] = hostsOf(cluster)
    ask(simple(remove("s2")))
    calmAmong(cluster, [leader, third])
    assert.strictEqual(leader.server!.commitIndex, 1)
    wait(cluster, leader, heartbeatInterval)
    calmAmong(cluster, [leader, other])
    assert.strictEqual(leader.server!.commitIndex, 2)
  })

  it("§7 it is the snapshot's once a snapshot covers it", () => {
    const { ask, cluster, leader } = changing({ size: 3 })
    ask(simple(remove("s2")))
    calm(cluster)
    const described = core.describeSnapshot(leader.server!, core.logIndex(2))!
    const server = {
      ...leader.server!,
      self: { ...leader.server!.self, options: { ...leader.server!.self.options, trailingEntries: 0 } }
    }
    const [compacted] = core.step(server, {
      _tag: "SnapshotPersisted",
      at: leader.clock,
      snapshot: { ...described, size: 0 }
    })
    assert.deepStrictEqual(described.configuration, leader.server!.configuration)
    assert.strictEqual(core.Configurations.at(compacted.log.configurations, core.logIndex(2)).index, 2)
    assert.strictEqual(compacted.log.configurations.length, 1)
  })
})

describe("thesis §4.1 one change at a time", () => {
  it("§4.1 a leader that has committed nothing of its term refuses, and appends what will be committed", () => {
    const record = recorder()
    const cluster = led({ size: 3, observers: [record] })
    const [leader] = hostsOf(cluster)
    change(cluster, leader, simple(remove("s2")))
    const { outputs } = record.steps.at(-1)!
    assert.deepInclude(outputs.at(-1), { result: { _tag: "NoOwnEntryCommitted" } })
    calm(cluster)
    assert.strictEqual(leader.server!.commitIndex, 1)
    change(cluster, leader, simple(remove("s2")))
    assert.strictEqual(membersOf(leader), "s0 s1")
  })

  it("§4.1 the next has to wait until the last is committed", () => {
    const { ask, cluster } = changing()
    ask(simple(remove("s2")))
    const inProgress = { _tag: "ChangeInProgress" as const, index: core.logIndex(2) }
    assert.deepStrictEqual(ask(simple(remove("s1"))), inProgress)
    calm(cluster)
    assert.deepInclude(ask(simple(remove("s1"))), { _tag: "Appended", index: core.logIndex(3) })
  })

  it("a change that was meant for another configuration is refused with the index of this one", () => {
    const { ask, cluster } = changing()
    assert.deepStrictEqual(ask(simple(remove("s2")), core.logIndex(1)), {
      _tag: "IndexMismatch",
      index: core.logIndex(0)
    })
    assert.deepInclude(ask(simple(remove("s2")), core.logIndex(0)), { _tag: "Appended" })
    calm(cluster)
    assert.deepInclude(ask(simple(addLearner("s2")), core.logIndex(2)), { _tag: "Appended" })
  })

  it("who does not lead names the leader, and a change that makes no sense is refused with its reason", () => {
    const { ask, cluster, leader } = changing()
    const [, other] = hostsOf(cluster)
    assert.deepStrictEqual(ask(simple(remove("s2")), undefined, other), {
      _tag: "NotLeader",
      leaderId: leader.id
    })
    const refused = ask(simple(remove("s4")))
    assert.strictEqual(refused._tag === "Refused" ? refused.error.reason : refused._tag, "UnknownMember")
    assert.strictEqual(leader.server!.log.lastIndex, 1)
  })

  it("§3.10 none begins during a transfer, and a transfer ends when its target may not lead any more", () => {
    const { ask, cluster, leader, record } = changing()
    const [, other] = hostsOf(cluster)
    cluster.transfer(leader, other)
    assert.deepStrictEqual(ask(simple(remove("s2"))), { _tag: "TransferInProgress", target: other.id })

    const again = changing()
    const [, second, third] = hostsOf(again.cluster)
    again.ask(simple(remove("s2")))
    calmAmong(again.cluster, [again.leader, second])
    again.cluster.transfer(again.leader, third)
    const results = [...record.steps, ...again.record.steps].flatMap(({ outputs }) =>
      outputs.flatMap((output) => (output._tag === "AnswerTransfer" ? [output.result] : []))
    )
    assert.deepStrictEqual(results, [{ _tag: "NotVoter" }])
  })
})

describe("thesis §4.2.1 catching up before voting", () => {
  it("§4.2.1 a learner gets the log and counts nowhere", () => {
    const { ask, cluster, leader } = changing({ size: 1, spares: 1 })
    ask(simple(addLearner("s1")))
    calm(cluster)
    const learner = cluster.hosts[1]!
    assert.strictEqual(learner.server!.commitIndex, 2)
    assert.strictEqual(membersOf(learner), "s0 s1?")
    cluster.crash(learner, 0)
    proposeTo(cluster, leader)
    calm(cluster)
    assert.strictEqual(leader.server!.commitIndex, 3)
  })

  it("§4.2.1 it votes once it has caught up, and not as long as it is far behind or silent", () => {
    const { ask, cluster, leader } = changing()
    const [, second, third, learner] = hostsOf(cluster)
    const refusal = { _tag: "NotCaughtUp" as const, id: learner.id }
    ask(simple(addLearner("s3")))
    calmAmong(cluster, [leader, second, third])
    assert.deepStrictEqual(ask(simple(promote("s3"))), refusal)

    pass(cluster, leader, heartbeatInterval)
    proposeTo(cluster, leader, promotionLagEntriesMax + 1)
    calmAmong(cluster, [leader, second, third])
    assert.deepStrictEqual(ask(simple(promote("s3"))), refusal)

    pass(cluster, leader, heartbeatInterval * 2)
    for (let round = 0; round < electionTimeoutMax / heartbeatInterval; round++) {
      wait(cluster, leader, heartbeatInterval)
      calmAmong(cluster, [leader, second, third])
    }
    assert.deepStrictEqual(ask(simple(promote("s3"))), refusal)

    pass(cluster, leader, heartbeatInterval * 2)
    assert.deepInclude(ask(simple(promote("s3"))), { _tag: "Appended" })
    assert.strictEqual(membersOf(leader), "s0 s1 s2 s3")
  })

  it("§4.2.1 however near it is, it does not begin to vote without the configuration in force, for it could give no vote", () => {
    const { ask, cluster, leader } = changing({ size: 1, spares: 1, options: oneByOne })
    const learner = cluster.hosts[1]!
    proposeTo(cluster, leader, 20)
    calm(cluster)
    ask(simple(addLearner("s1")))
    exchange(cluster, leader, learner, false)
    const { matchIndex, mode } = leaderRole(leader).progress[0]!
    assert.strictEqual(mode, "Replicate")
    assert.isAbove(matchIndex, 0)
    assert.isBelow(leader.server!.log.lastIndex, promotionLagEntriesMax)
    assert.strictEqual(membersOf(learner), "")
    assert.deepStrictEqual(ask(simple(promote("s1"))), { _tag: "NotCaughtUp", id: learner.id })

    calm(cluster)
    assert.strictEqual(membersOf(learner), "s0 s1?")
    assert.deepInclude(ask(simple(promote("s1"))), { _tag: "Appended" })
  })

  it("§4.2.1 nobody votes from the first day on", () => {
    const { ask } = changing()
    const change = simple({ _tag: "Add", member: core.Configuration.voter(id("s3")) })
    assert.deepStrictEqual(ask(change), { _tag: "NotCaughtUp", id: id("s3") })
  })

  it("§4.2.1 a learner that is promoted votes before it has heard of that", () => {
    const { ask, cluster, leader } = changing({ size: 1, spares: 1 })
    const learner = cluster.hosts[1]!
    ask(simple(addLearner("s1")))
    calm(cluster)
    ask(simple(promote("s1")))
    calmAmong(cluster, [leader])
    assert.strictEqual(membersOf(learner), "s0 s1?")
    cluster.crash(leader, 0)
    cluster.restart(leader, true)
    cluster.timeout(leader)
    calm(cluster)
    assert.strictEqual(leader.server!.role._tag, "Leader")
    assert.strictEqual(leader.server!.currentTerm, 2)
  })
})

describe("§6 a change compared with the index of the configuration that it is meant for", () => {
  it("§7 a snapshot and a restart move no configuration to another index", () => {
    const { ask, cluster, leader } = changing({ size: 1, spares: 1, options: { trailingEntries: 0 } })
    assert.deepInclude(ask(simple(addLearner("s1"))), { _tag: "Appended", index: core.logIndex(2) })
    calm(cluster)
    proposeTo(cluster, leader, 3)
    calm(cluster)
    settleHost(cluster, leader)
    cluster.compact(leader)
    cluster.persist(leader, Infinity)
    cluster.crash(leader, 0)
    cluster.restart(leader, true)
    assert.strictEqual(leader.server!.log.lastIncludedIndex, 5)
    cluster.timeout(leader)
    calm(cluster)
    proposeTo(cluster, leader)
    calm(cluster)
    assert.deepEqual(ask(simple(remove("s1")), core.logIndex(5)), {
      _tag: "IndexMismatch",
      index: core.logIndex(2)
    })
    assert.strictEqual(ask(simple(remove("s1")), core.logIndex(2))._tag, "Appended")
  })
})

describe("thesis §4.2.2 servers that leave", () => {
  it("§4.2.2 a leader that removes itself does not count itself, resigns once that is committed, and names an heir", () => {
    const { ask, cluster, leader } = changing()
    const [, other, third] = hostsOf(cluster)
    ask(simple(remove("s0")))
    calmAmong(cluster, [leader, other])
    assert.strictEqual(leader.server!.role._tag, "Leader")
    assert.strictEqual(leader.server!.commitIndex, 1)
    wait(cluster, leader, heartbeatInterval)
    exchange(cluster, leader, third, false)
    exchange(cluster, leader, other, false)
    assert.strictEqual(leader.server!.commitIndex, 2)
    assert.strictEqual(leader.server!.role._tag, "Follower")
    calm(cluster)
    const led = [other, third].filter((host) => host.server!.role._tag === "Leader")
    assert.strictEqual(led.length, 1)
    assert.strictEqual(led[0]!.server!.currentTerm, 2)
    assert.strictEqual(other.server!.commitIndex, 2)
  })

  it("§4.2.2 it campaigns on until it knows that, for only its log may win", () => {
    const { ask, cluster, leader } = changing({ size: 2 })
    const other = cluster.hosts[1]!
    ask(simple(remove("s0")))
    calmAmong(cluster, [leader])
    cluster.crash(leader, 0)
    cluster.timeout(other)
    calm(cluster)
    assert.strictEqual(other.server!.role._tag, "Candidate")
    cluster.restart(leader, true)
    for (let times = 0; times < 2; times++) cluster.timeout(leader)
    calm(cluster)
    // It won, committed its own removal with the other's log alone, and resigned.
    assert.strictEqual(leader.server!.commitIndex, 3)
    assert.strictEqual(leader.server!.role._tag, "Follower")
    assert.strictEqual(other.server!.role._tag, "Leader")
    const { currentTerm } = leader.server!
    cluster.timeout(leader)
    assert.strictEqual(leader.server!.currentTerm, currentTerm)
  })

  it("§4.2.2 a removed server hears that its removal is committed, and then nothing more", () => {
    const { ask, cluster, leader } = changing()
    const third = hostsOf(cluster)[2]
    ask(simple(remove("s2")))
    calm(cluster)
    assert.strictEqual(third.server!.commitIndex, 2)
    pass(cluster, leader, electionTimeoutMin + 2 * heartbeatInterval)
    assert.deepStrictEqual(
      leaderRole(leader).progress.map((peer) => peer.id),
      [id("s1")]
    )
    assert.isUndefined(leaderRole(leader).settling)
    const term = third.server!.currentTerm
    for (let times = 0; times < 3; times++) cluster.timeout(third)
    assert.strictEqual(third.server!.currentTerm, term)
  })

  it("§4.2.3 one that never heard of it campaigns in vain while the others hear from their leader", () => {
    const { ask, cluster, leader } = changing({ size: 3, options: { checkQuorum: true } })
    const [, other, third] = hostsOf(cluster)
    ask(simple(remove("s2")))
    calmAmong(cluster, [leader, other])
    cluster.timeout(third)
    cluster.persist(third, Infinity)
    flood(cluster, () => true)
    assert.strictEqual(third.server!.role._tag, "Candidate")
    assert.strictEqual(leader.server!.role._tag, "Leader")
    assert.strictEqual(other.server!.currentTerm, 1)
  })

  it("who comes back under an old name is somebody new: late answers of the former do not count", () => {
    const { ask, cluster, leader } = changing()
    const third = hostsOf(cluster)[2]
    proposeTo(cluster, leader)
    cluster.persist(third, Infinity)
    flood(cluster, ({ to }) => to === third.id)
    const late = cluster.bag.filter(({ from }) => from === third.id)
    assert.isNotEmpty(late)
    calm(cluster)
    ask(simple(remove("s2")))
    calm(cluster)
    ask(simple(addLearner("s2")))
    for (const message of late) cluster.deliver(message)
    const peer = leaderRole(leader).progress.find((candidate) => candidate.id === third.id)!
    assert.deepInclude(peer, { mode: "Probe", matchIndex: core.logIndex(0), answered: core.sequence(0) })
  })

  it("§7 the late word of the former that it installed a snapshot does not count either", () => {
    const { ask, cluster, leader } = changing()
    const third = hostsOf(cluster)[2]
    ask(simple(remove("s2")))
    calm(cluster)
    const { lastSequence } = leader.server!
    ask(simple(addLearner("s2")))
    cluster.deliver({
      _tag: "InstallSnapshotResponse",
      group: leader.server!.self.group,
      from: third.id,
      incarnation: third.server!.self.incarnation,
      to: leader.id,
      term: leader.server!.currentTerm,
      sequence: lastSequence,
      lastIncludedIndex: core.logIndex(1),
      nextOffset: 4,
      installed: true
    })
    const peer = leaderRole(leader).progress.find((candidate) => candidate.id === third.id)!
    assert.deepInclude(peer, { mode: "Probe", matchIndex: core.logIndex(0), answered: core.sequence(0) })
  })

  it("§6.2 the quorum of a new configuration gets as long as a new leader's", () => {
    const { ask, cluster, leader } = changing({ size: 3, spares: 2, options: { checkQuorum: true } })
    ask(simple(addLearner("s3")))
    calm(cluster)
    wait(cluster, leader, heartbeatInterval)
    calm(cluster)
    ask(simple(promote("s3")))
    assert.strictEqual(leaderRole(leader).contact.checkAt, leader.clock + electionTimeoutMax)
  })
})

describe("thesis §4.3 joint consensus", () => {
  it("§6 a joint configuration needs a majority of both halves, and its leader then leaves it by itself", () => {
    const { ask, cluster, leader } = changing()
    const [, second, third, fourth, fifth] = hostsOf(cluster)
    ask(simple(addLearner("s3"), addLearner("s4")))
    calm(cluster)
    pass(cluster, leader, heartbeatInterval)
    ask(joint(true, promote("s3"), promote("s4"), remove("s1"), remove("s2")))
    assert.strictEqual(membersOf(leader), "s0 s3 s4 | s0 s1 s2")
    calmAmong(cluster, [leader, fourth, fifth])
    assert.strictEqual(leader.server!.commitIndex, 2)
    wait(cluster, leader, heartbeatInterval)
    calmAmong(cluster, [leader, second, fourth, fifth])
    assert.strictEqual(membersOf(leader), "s0 s3 s4")
    assert.strictEqual(leader.server!.commitIndex, 4)
    assert.strictEqual(membersOf(third), "s0 s1 s2 s3? s4?")
  })

  it("§6 whoever leads next ends it, even if that leader began nothing", () => {
    const { ask, cluster, leader } = changing({ size: 4 })
    const [, second, third, fourth] = hostsOf(cluster)
    ask(joint(true, remove("s3")))
    exchange(cluster, leader, second, true)
    cluster.persist(second, Infinity)
    cluster.crash(leader, 0)
    cluster.bag = []
    cluster.timeout(second)
    assert.strictEqual(membersOf(second), "s0 s1 s2 | s0 s1 s2 s3")
    calmAmong(cluster, [second, third, fourth])
    assert.strictEqual(second.server!.role._tag, "Leader")
    cluster.restart(leader, true)
    pass(cluster, second, 5 * heartbeatInterval)
    assert.strictEqual(membersOf(second), "s0 s1 s2")
    assert.strictEqual(second.server!.commitIndex, second.server!.log.lastIndex)
  })

  it("§4.3 without auto-leave it waits for the request to leave it", () => {
    const { ask, cluster, leader } = changing({ size: 3 })
    ask(joint(false, remove("s2")))
    calm(cluster)
    assert.strictEqual(membersOf(leader), "s0 s1 | s0 s1 s2")
    const refused = ask(simple(remove("s1")))
    assert.strictEqual(refused._tag === "Refused" ? refused.error.reason : refused._tag, "AlreadyJoint")
    assert.deepInclude(ask({ _tag: "LeaveJoint" }), { _tag: "Appended" })
    assert.strictEqual(membersOf(leader), "s0 s1")
  })

  it("the simplest change is a joint one only where one step would be unsafe", () => {
    const { ask, cluster, leader } = changing({ size: 4 })
    ask({ _tag: "Simplest", changes: [remove("s3")] })
    assert.strictEqual(membersOf(leader), "s0 s1 s2")
    calm(cluster)
    ask({ _tag: "Simplest", changes: [remove("s1"), remove("s2")] })
    assert.strictEqual(membersOf(leader), "s0 | s0 s1 s2")
    calm(cluster)
    assert.strictEqual(membersOf(leader), "s0")
  })
})
