import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect, flood } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { byClocks } from "./support/run.ts"
import { calm, led, proposeTo, recorder } from "./support/scenes.ts"
import { setBack } from "./support/sharedTime.ts"

const { electionTimeoutMin, heartbeatInterval } = core.defaultServerOptions

type Recorder = ReturnType<typeof recorder>

const settled = (size = 3) => {
  const record = recorder()
  const cluster = led({ size, options: byClocks, observers: [record] })
  proposeTo(cluster, cluster.hosts[0]!)
  calm(cluster)
  return { cluster, record, hosts: cluster.hosts as ReadonlyArray<Host> & [Host, Host, Host] }
}

/** A round of heartbeats leaves, is heard and answered; gives when it arrived, on the clock of `follower`. */
const round = (cluster: Cluster, leader: Host, follower: Host): number => {
  cluster.wake(leader)
  flood(cluster, ({ from }) => from === leader.id)
  flood(cluster, ({ to }) => to === leader.id)
  return follower.clock
}

/** What a read of this bound comes to in the step that asks for it; `undefined` if it waits. */
const ask = (cluster: Cluster, host: Host, record: Recorder, atMost: number): core.ReadAnswer | undefined => {
  cluster.read(host, { _tag: "Stale", atMost })
  const { outputs } = record.steps.findLast(
    (step) => step.host === host && step.event._tag === "ReadRequested"
  )!
  return outputs.flatMap((output) => (output._tag === "AnswerReads" ? output.answers : []))[0]
}

const tagOf = (answer: core.ReadAnswer | undefined) => answer?._tag

/** The least bound that this server can meet (ms). */
const stalenessOf = (cluster: Cluster, host: Host, record: Recorder): number => {
  const answer = ask(cluster, host, record, 0)
  return answer?._tag === "TooStale" ? answer.staleness : 0
}

describe("reads of bounded staleness", () => {
  it("a follower answers from its own state, dated by the heartbeat before the last: two steps back, on its own clock", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    round(cluster, leader, follower)
    const arrivedAt = round(cluster, leader, follower)
    round(cluster, leader, follower)
    round(cluster, leader, follower)
    const age = follower.clock - arrivedAt
    assert.approximately(stalenessOf(cluster, follower, record), age, 0.001)
    assert.deepInclude(ask(cluster, follower, record, age + 1), {
      _tag: "Ready",
      readIndex: leader.server!.commitIndex
    })
    assert.strictEqual(tagOf(ask(cluster, follower, record, age - 1)), "TooStale")
    assert.lengthOf(cluster.bag, 0)
  })

  it("cut off, it answers as long as the bound allows, and then refuses", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    for (let rounds = 0; rounds < 4; rounds++) round(cluster, leader, follower)
    const known = stalenessOf(cluster, follower, record)
    follower.clock += 10_000
    assert.strictEqual(tagOf(ask(cluster, follower, record, known + 10_001)), "Ready")
    assert.strictEqual(tagOf(ask(cluster, follower, record, known + 9_999)), "TooStale")
  })

  it("who was started lately, or has heard too little, can show nothing, and still reads whatever it has", () => {
    const { cluster, hosts, record } = settled()
    const [, follower] = hosts
    cluster.crash(follower, 0)
    cluster.restart(follower, true)
    assert.deepInclude(ask(cluster, follower, record, 3_600_000), { _tag: "TooStale", staleness: Infinity })
    assert.strictEqual(tagOf(ask(cluster, follower, record, Infinity)), "Ready")
  })

  it("a late heartbeat is as old as it is: that it has just arrived means nothing", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    for (let rounds = 0; rounds < 4; rounds++) round(cluster, leader, follower)
    cluster.wake(leader)
    const before = stalenessOf(cluster, follower, record)
    follower.clock += 5_000
    flood(cluster, ({ to }) => to === follower.id)
    assert.isAbove(stalenessOf(cluster, follower, record), before + 5_000 - 2 * heartbeatInterval)
  })

  it("what an earlier life answered dates nothing, though copies of it come to the next", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    for (let rounds = 0; rounds < 6; rounds++) round(cluster, leader, follower)
    const heartbeats = record.steps.flatMap(({ event, host }) =>
      host === follower && event._tag === "MessageReceived" && event.message._tag === "HeartbeatRequest"
        ? [event.message]
        : []
    )
    cluster.crash(follower, 0)
    cluster.restart(follower, true)
    follower.clock += 5_000
    for (const heartbeat of heartbeats) cluster.deliver(heartbeat)
    assert.isAbove(follower.server!.reads.beats.length, 4)
    assert.strictEqual(stalenessOf(cluster, follower, record), Infinity)
  })

  it("the heartbeats of a leader that was replaced without noticing grow old", () => {
    const { cluster, hosts, record } = settled(5)
    const [leader, follower] = hosts
    for (let rounds = 0; rounds < 4; rounds++) round(cluster, leader, follower)
    const begin = follower.clock
    for (let rounds = 0; rounds < 4; rounds++) {
      cluster.wake(leader)
      cluster.bag = cluster.bag.filter(({ from, to }) =>
        [from, to].every((id) => id === leader.id || id === follower.id)
      )
      flood(cluster, () => true)
      flood(cluster, () => true)
    }
    assert.isAtLeast(stalenessOf(cluster, follower, record), follower.clock - begin)
  })

  it("a state machine that is behind is waited for", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    proposeTo(cluster, leader)
    // Its state machine takes nothing.
    for (let rounds = 0; rounds < 4; rounds++) {
      cluster.wake(leader)
      flood(cluster, () => true, follower)
      cluster.persist(follower, Infinity)
      flood(cluster, () => true, follower)
    }
    const lastApplied = follower.server!.apply.lastApplied
    assert.isBelow(lastApplied, leader.server!.commitIndex)
    assert.isUndefined(ask(cluster, follower, record, 3 * heartbeatInterval + 50))
    cluster.apply(follower, Infinity)
    assert.isAbove(cluster.counters.readsAnswered, 0)
  })

  it("a leader's state is as old as its quorum's last word, and a new leader's not known", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    round(cluster, leader, follower)
    assert.strictEqual(stalenessOf(cluster, leader, record), 0)
    leader.clock += 70
    assert.approximately(stalenessOf(cluster, leader, record), 70, 0.001)
    leader.clock += electionTimeoutMin
    const known = stalenessOf(cluster, follower, record)
    const begin = follower.clock
    elect(cluster, follower)
    assert.isAtLeast(stalenessOf(cluster, follower, record), known + follower.clock - begin - 0.001)
  })

  it("a clock that is seen to go back dates nothing any more", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    for (let rounds = 0; rounds < 4; rounds++) round(cluster, leader, follower)
    assert.isBelow(stalenessOf(cluster, follower, record), 1_000)
    setBack(follower, 500)
    cluster.endTurn(follower)
    assert.strictEqual(stalenessOf(cluster, follower, record), Infinity)
  })

  it("what is known is bounded: the older half is thinned out, and dates never get later", () => {
    const { cluster, hosts, record } = settled()
    const [leader, follower] = hosts
    for (let rounds = 0; rounds < 90; rounds++) {
      round(cluster, leader, follower)
      assert.isAtMost(follower.server!.reads.beats.length, 65)
      if (rounds > 4) assert.isBelow(stalenessOf(cluster, follower, record), 4 * heartbeatInterval)
    }
  })
})
