import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect, flood } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { byClocks } from "./support/run.ts"
import { calm, led, leaderRole, messagesIn, proposeTo, recorder, scene } from "./support/scenes.ts"
import { setBack } from "./support/sharedTime.ts"

const { electionTimeoutMin, heartbeatInterval } = core.defaultServerOptions
/** What a promise is worth to a leader that allows for clocks a tenth apart (ms). */
const leaseMillis = electionTimeoutMin / 1.1

type Recorder = ReturnType<typeof recorder>

const answersOf = ({ steps }: Recorder, host: Host): ReadonlyArray<core.ReadAnswer> =>
  steps
    .filter((step) => step.host === host)
    .flatMap(({ outputs }) =>
      outputs.flatMap((output) => (output._tag === "AnswerReads" ? output.answers : []))
    )

const lease = { _tag: "Lease" } as const

/** A leader of three that has committed a command, whose clock is the slowest, and nothing is under way. */
const settled = (options: Partial<core.ServerOptions> = {}) => {
  const record = recorder()
  const cluster = led({ size: 3, options: { ...byClocks, ...options }, observers: [record] })
  proposeTo(cluster, cluster.hosts[0]!)
  calm(cluster)
  return { cluster, record, hosts: cluster.hosts as ReadonlyArray<Host> & [Host, Host, Host] }
}

const hear = (cluster: Cluster, from: Host, to: Host): void =>
  flood(cluster, (message) => message.from === from.id && message.to === to.id)

/** A round of heartbeats leaves; gives the time of its leaving on the leader's clock. */
const beat = (cluster: Cluster, leader: Host): number => {
  leader.clock = leaderRole(leader).heartbeatAt
  cluster.endTurn(leader)
  return leader.clock
}

/** Whether a lease answers a read in the step that asks for it. */
const isHeld = (cluster: Cluster, leader: Host, record: Recorder): boolean => {
  const before = answersOf(record, leader).length
  cluster.read(leader, lease)
  const [answer] = answersOf(record, leader).slice(before)
  assert.include(["Ready", undefined], answer?._tag)
  return answer !== undefined
}

describe("thesis §6.4.1 leases", () => {
  it("§6.4.1 a leader that holds one answers without a message", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    beat(cluster, leader)
    hear(cluster, leader, follower)
    hear(cluster, follower, leader)
    cluster.bag = []
    assert.isTrue(isHeld(cluster, leader, record))
    cluster.endTurn(leader)
    assert.lengthOf(cluster.bag, 0)
    assert.deepInclude(answersOf(record, leader)[0], { _tag: "Ready", readIndex: leader.server!.commitIndex })
  })

  it("§6.4.1 it counts from when the heartbeats were sent, less what clocks may differ, however late the answers (B23)", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    const sentAt = beat(cluster, leader)
    hear(cluster, leader, follower)
    leader.clock = sentAt + 200
    hear(cluster, follower, leader)
    leader.clock = sentAt + leaseMillis - 1
    assert.isTrue(isHeld(cluster, leader, record))
    leader.clock = sentAt + leaseMillis + 1
    assert.isFalse(isHeld(cluster, leader, record))
  })

  it("§6.4.1 a process that stood still holds none when it comes back, whatever has gathered meanwhile (B22, B23)", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower, other] = hosts
    beat(cluster, leader)
    hear(cluster, leader, follower)
    hear(cluster, leader, other)
    leader.clock += leaseMillis + 10
    hear(cluster, follower, leader)
    hear(cluster, other, leader)
    assert.isFalse(isHeld(cluster, leader, record))
  })

  it("§6.4.1 one needs the promises of a quorum: of two peers of four, not of one", () => {
    const record = recorder()
    const cluster = led({ size: 5, options: byClocks, observers: [record] })
    const [leader, first, second] = cluster.hosts as unknown as [Host, Host, Host]
    leader.clock += electionTimeoutMin + 50
    beat(cluster, leader)
    hear(cluster, leader, first)
    hear(cluster, first, leader)
    assert.isFalse(isHeld(cluster, leader, record))
    hear(cluster, leader, second)
    hear(cluster, second, leader)
    assert.isTrue(isHeld(cluster, leader, record))
  })

  it("§6.4.1 a follower that keeps no CheckQuorum promises nothing", () => {
    const { cluster, hosts, record } = settled({ checkQuorum: false })
    const [leader, follower] = hosts
    beat(cluster, leader)
    hear(cluster, leader, follower)
    hear(cluster, follower, leader)
    const promises = record.steps.flatMap(({ outputs }) =>
      messagesIn(outputs).flatMap((message) =>
        message._tag === "HeartbeatResponse" && message.promise !== undefined ? [message.promise] : []
      )
    )
    assert.deepStrictEqual(new Set(promises), new Set([0]))
    assert.isFalse(isHeld(cluster, leader, record))
  })

  it("§6.4.1 no leader holds one before it has committed an entry of its term (B21)", () => {
    const { cluster, hosts, record } = settled({ noOp: false })
    const [, next, other] = hosts
    elect(cluster, next)
    beat(cluster, next)
    hear(cluster, next, other)
    hear(cluster, other, next)
    assert.isFalse(isHeld(cluster, next, record))
    calm(cluster)
    beat(cluster, next)
    hear(cluster, next, other)
    hear(cluster, other, next)
    assert.isTrue(isHeld(cluster, next, record))
  })

  it("§3.10, §6.4.1 a transfer ends it, and once somebody was told to campaign it is gone for the term", () => {
    const { cluster, hosts, record } = settled()
    const [leader, target, other] = hosts
    beat(cluster, leader)
    calm(cluster)
    assert.isTrue(isHeld(cluster, leader, record))
    cluster.transfer(leader, target)
    assert.isFalse(isHeld(cluster, leader, record))
    cluster.endTurn(leader)
    assert.isTrue(leaderRole(leader).mayBeSucceeded)
    cluster.bag = []
    // The target hears nothing, and the transfer is given up.
    for (let round = 0; leaderRole(leader).transfer !== undefined; round++) {
      assert.isBelow(round, 20)
      beat(cluster, leader)
      hear(cluster, leader, other)
      hear(cluster, other, leader)
      cluster.bag = []
    }
    beat(cluster, leader)
    flood(cluster, ({ _tag }) => _tag === "HeartbeatRequest" || _tag === "HeartbeatResponse")
    assert.isFalse(isHeld(cluster, leader, record))
  })

  it("a clock that is seen to go back ends it, and what was sent before counts no more", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    beat(cluster, leader)
    hear(cluster, leader, follower)
    setBack(leader, 50)
    hear(cluster, follower, leader)
    assert.isFalse(isHeld(cluster, leader, record))
    leader.clock += 51
    assert.isFalse(isHeld(cluster, leader, record))
    beat(cluster, leader)
    hear(cluster, leader, follower)
    hear(cluster, follower, leader)
    assert.isTrue(isHeld(cluster, leader, record))
  })

  it("§6.4.1 without a lease at hand a quorum is asked, as for any other read", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    leader.clock += 2 * heartbeatInterval + electionTimeoutMin
    assert.isFalse(isHeld(cluster, leader, record))
    cluster.endTurn(leader)
    hear(cluster, leader, follower)
    hear(cluster, follower, leader)
    assert.lengthOf(answersOf(record, leader), 1)
  })

  it("§6.4.1 it answers for a follower, too, if that allows it, and without a quorum", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    beat(cluster, leader)
    calm(cluster)
    cluster.read(follower, lease)
    hear(cluster, follower, leader)
    hear(cluster, leader, follower)
    assert.deepStrictEqual(answersOf(record, follower), [
      { _tag: "Ready", id: 1, readIndex: leader.server!.commitIndex }
    ])
    cluster.read(follower)
    hear(cluster, follower, leader)
    hear(cluster, leader, follower)
    assert.lengthOf(answersOf(record, follower), 1)
  })

  it("a lone leader needs nobody's promise", () => {
    const record = recorder()
    const cluster = led({ size: 1, options: byClocks, observers: [record] })
    const [leader] = cluster.hosts as unknown as [Host]
    leader.clock += 100 * electionTimeoutMin
    assert.isTrue(isHeld(cluster, leader, record))
  })

  it("without a declared bound there are none: the read is refused at once, on any server (B23)", () => {
    const record = recorder()
    const cluster = scene({ size: 3, options: { checkQuorum: true, noOp: true }, observers: [record] })
    elect(cluster, cluster.hosts[0]!)
    calm(cluster)
    for (const host of cluster.hosts) {
      cluster.read(host, lease)
      assert.deepInclude(answersOf(record, host)[0], { _tag: "NoClockDriftBound" })
    }
  })
})
