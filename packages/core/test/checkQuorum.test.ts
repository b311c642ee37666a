import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect, fade, flood } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { allOn } from "./support/run.ts"
import { calm, calmAmong, leaderRole, led, proposeTo, scene, seedLog } from "./support/scenes.ts"

const { electionTimeoutMax, electionTimeoutMin, heartbeatInterval } = core.defaultServerOptions
const checkOnly = { checkQuorum: true }
const three = { size: 3, options: allOn }

const followerRole = ({ server }: Host): core.Follower => {
  if (server?.role._tag !== "Follower") throw new Error("no follower")
  return server.role
}

type Link = readonly [from: Host, to: Host]

const tick = 10

/** Everybody's time passes, and messages travel at once, but for those on cut links. `watch` looks after every tick. */
const play = (cluster: Cluster, ms: number, cut: ReadonlyArray<Link>, watch = () => {}): void => {
  const isCut = ({ from, to }: core.Message) =>
    cut.some(([source, target]) => source.id === from && target.id === to)
  for (let elapsed = 0; elapsed < ms; elapsed += tick) {
    for (const host of cluster.hosts) {
      if (host.server === undefined) continue
      host.clock += tick
      cluster.persist(host, Infinity)
      cluster.apply(host, Infinity)
      if (core.nextDeadline(host.server) <= host.clock) cluster.endTurn(host)
      cluster.persist(host, Infinity)
    }
    cluster.bag = cluster.bag.filter((message) => !isCut(message))
    flood(cluster, () => true)
    watch()
  }
}

const bothWays = (left: Host, right: Host): ReadonlyArray<Link> => [
  [left, right],
  [right, left]
]

const apart = (host: Host, others: ReadonlyArray<Host>): ReadonlyArray<Link> =>
  others.filter((other) => other !== host).flatMap((other) => bothWays(host, other))

const leadersIn = ({ hosts }: Cluster) => hosts.filter(({ server }) => server?.role._tag === "Leader")

describe("thesis §6.2 CheckQuorum: a leader without its quorum steps down", () => {
  it.each([1, 2, 3, 4, 5, 6, 7])(
    "B7 of %i servers a leader needs exactly a majority, itself counted",
    (size) => {
      const needed = Math.floor(size / 2) + 1
      for (const present of [needed, needed - 1]) {
        const cluster = led({ size, options: allOn })
        const [leader] = cluster.hosts as [Host]
        const gone = cluster.hosts.slice(Math.max(1, present))
        for (const host of gone) cluster.crash(host, 0)
        play(cluster, 3 * electionTimeoutMax, [])
        const isLeading = leader.server!.role._tag === "Leader"
        assert.strictEqual(isLeading, present >= needed || size === 1, `${present} of ${size}`)
      }
    }
  )

  it("L6 within two election timeouts, whatever it is asked meanwhile", () => {
    const cluster = led(three)
    const [leader] = cluster.hosts as [Host]
    play(cluster, 1_000, [])
    const cutAt = leader.clock
    let until = Infinity
    play(cluster, 2 * electionTimeoutMax, apart(leader, cluster.hosts), () => {
      if (leader.server!.role._tag === "Leader") proposeTo(cluster, leader)
      else until = Math.min(until, leader.clock)
    })
    assert.isAtMost(until - cutAt, 2 * electionTimeoutMax)
    assert.isAtLeast(until - cutAt, electionTimeoutMin)
  })

  it("one that can send and hears nothing steps down as well", () => {
    const cluster = led(three)
    const [leader, ...others] = cluster.hosts as [Host, Host, Host]
    play(
      cluster,
      2 * electionTimeoutMax,
      others.map((other): Link => [other, leader])
    )
    assert.notStrictEqual(leader.server!.role._tag, "Leader")
  })

  it("without the option it leads for ever", () => {
    const cluster = led({ size: 3 })
    const [leader] = cluster.hosts as [Host]
    play(cluster, 5 * electionTimeoutMax, apart(leader, cluster.hosts))
    assert.strictEqual(leader.server!.role._tag, "Leader")
  })

  it("a single voter keeps leading, however long its process stood still", () => {
    const cluster = led({ size: 1, options: allOn })
    const [alone] = cluster.hosts as [Host]
    play(cluster, 5 * electionTimeoutMax, [])
    assert.strictEqual(alone.server!.role._tag, "Leader")
    alone.clock += 100 * electionTimeoutMax
    cluster.endTurn(alone)
    assert.strictEqual(alone.server!.role._tag, "Leader")
  })

  it("a leader that wakes from a long pause leads no more before it says anything", () => {
    const cluster = led(three)
    const [leader] = cluster.hosts as [Host]
    play(cluster, 1_000, [])
    cluster.bag = []
    leader.clock += 10 * electionTimeoutMax
    cluster.endTurn(leader)
    assert.strictEqual(leader.server!.role._tag, "Follower")
    assert.deepStrictEqual(cluster.bag, [])
  })

  it("a leader whose messages take longer than a round keeps its quorum", () => {
    const cluster = led({ size: 3, options: checkOnly })
    const [leader, follower] = cluster.hosts as [Host, Host]
    const late: Array<{ readonly due: number; readonly message: core.Message }> = []
    for (let elapsed = 0; elapsed < 5 * electionTimeoutMax; elapsed += tick) {
      leader.clock += tick
      if (core.nextDeadline(leader.server!) <= leader.clock) cluster.endTurn(leader)
      // There and back takes two and a half rounds.
      for (const message of cluster.bag.filter(({ to }) => to === follower.id)) {
        cluster.deliver(message)
        late.push(
          ...cluster.bag
            .filter(({ from }) => from === follower.id)
            .map((answer) => ({ due: leader.clock + 2.5 * heartbeatInterval, message: answer }))
        )
        cluster.bag = cluster.bag.filter(({ from }) => from !== follower.id)
      }
      cluster.bag = []
      while (late[0] !== undefined && late[0].due <= leader.clock) cluster.deliver(late.shift()!.message)
    }
    assert.strictEqual(leader.server!.role._tag, "Leader")
  })

  it("B48 a leader whose storage is stuck steps down, though its followers hear from it", () => {
    const cluster = led({ size: 3, options: { ...allOn, storageStallTimeout: 500 } })
    const [leader, ...others] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader)
    for (let elapsed = 0; elapsed < 600; elapsed += 100) {
      leader.clock += 100
      cluster.endTurn(leader)
      for (const host of others) host.clock += 100
      flood(cluster, () => true, leader)
    }
    assert.strictEqual(leader.server!.role._tag, "Follower")
  })
})

describe("thesis §4.2.3 who hears from a leader helps nobody to unseat it", () => {
  it.each([
    { what: "a follower", position: 1 },
    { what: "the leader itself", position: 0 }
  ])("§4.2.3 $what refuses a vote for a newer term and does not adopt it", ({ position }) => {
    const cluster = led({ size: 3, options: checkOnly })
    const asked = cluster.hosts[position]!
    const candidate = cluster.hosts[2]!
    cluster.timeout(candidate)
    cluster.persist(candidate, Infinity)
    flood(cluster, ({ to }) => to === asked.id)
    const answers = cluster.bag.filter(({ from, to }) => from === asked.id && to === candidate.id)
    assert.deepStrictEqual(
      answers.map((answer) => answer._tag === "RequestVoteResponse" && [answer.term, answer.voteGranted]),
      [[core.term(1), false]]
    )
    assert.strictEqual(asked.server!.currentTerm, 1)
  })

  it("§4.2.3 it votes again once the shortest election timeout has passed, and not a moment sooner", () => {
    for (const early of [1, 0]) {
      const cluster = led({ size: 3, options: checkOnly })
      const [, voter, candidate] = cluster.hosts as [Host, Host, Host]
      // It has heard from its leader just now.
      voter.clock += electionTimeoutMin - early
      cluster.timeout(candidate)
      cluster.persist(candidate, Infinity)
      flood(cluster, ({ to }) => to === voter.id)
      assert.strictEqual(voter.server!.votedFor === candidate.id, early === 0)
    }
  })

  it("§6.2 a server that has just started may have heard from a leader before: it waits as long", () => {
    const cluster = scene({ size: 3, options: checkOnly })
    const [candidate, voter] = cluster.hosts as [Host, Host]
    cluster.timeout(candidate)
    cluster.persist(candidate, Infinity)
    flood(cluster, ({ to }) => to === voter.id)
    assert.isUndefined(voter.server!.votedFor)
    assert.strictEqual(followerRole(voter).noVoteBefore, voter.clock + electionTimeoutMin)
  })

  it("a newer term does not end what it owes the leader: noVoteBefore stays", () => {
    const cluster = led({ size: 3, options: checkOnly })
    const [leader, voter, other] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader)
    calmAmong(cluster, [leader, voter])
    const held = followerRole(voter).noVoteBefore
    // A transfer's target whose log is behind: its term is adopted, its vote refused.
    const request = (term: number, leadershipTransfer: boolean): core.Message => ({
      _tag: "RequestVoteRequest",
      group: core.groupId(0),
      from: other.id,
      incarnation: core.incarnation(1),
      to: voter.id,
      term: core.term(term),
      sequence: core.sequence(term),
      lastLogIndex: core.logIndex(leadershipTransfer ? 0 : 9),
      lastLogTerm: core.term(leadershipTransfer ? 0 : 1),
      leadershipTransfer
    })
    cluster.deliver(request(5, true))
    assert.deepInclude(voter.server, { currentTerm: core.term(5), votedFor: undefined })
    assert.strictEqual(followerRole(voter).noVoteBefore, held)
    cluster.deliver(request(5, false))
    cluster.deliver(request(6, false))
    assert.deepInclude(voter.server, { currentTerm: core.term(5), votedFor: undefined })
    voter.clock = held
    cluster.deliver(request(6, false))
    assert.strictEqual(voter.server!.votedFor, other.id)
  })

  it("B3 who steps down within its term keeps its vote: a late request finds it given", () => {
    const cluster = scene({ size: 3, options: checkOnly })
    const [winner, loser, late] = cluster.hosts as [Host, Host, Host]
    cluster.timeout(loser)
    cluster.persist(loser, Infinity)
    assert.strictEqual(loser.server!.role._tag, "Candidate")
    cluster.bag = []
    elect(cluster, winner)
    calm(cluster)
    const { server } = loser
    assert.deepInclude(server!.role, { _tag: "Follower", leaderId: winner.id })
    assert.deepInclude(server, { currentTerm: core.term(1), votedFor: loser.id })
    fade(cluster)
    cluster.deliver({
      _tag: "RequestVoteRequest",
      group: core.groupId(0),
      from: late.id,
      incarnation: core.incarnation(1),
      to: loser.id,
      term: core.term(1),
      sequence: core.sequence(9),
      lastLogIndex: core.logIndex(9),
      lastLogTerm: core.term(1),
      leadershipTransfer: false
    })
    assert.strictEqual(loser.server!.votedFor, loser.id)
  })
})

describe("a candidate that is stuck in a newer term", () => {
  it("unseats the leader through its answer to a heartbeat alone, and then follows the next", () => {
    const cluster = led(three)
    const [leader, follower, stuck] = cluster.hosts as [Host, Host, Host]
    seedLog(cluster, stuck, [], 8)
    cluster.timeout(stuck)
    calm(cluster)
    assert.strictEqual(leader.server!.role._tag, "Leader")
    assert.strictEqual(follower.server!.currentTerm, 1)

    cluster.wake(leader)
    flood(cluster, ({ _tag, to }) => _tag === "HeartbeatRequest" && to === stuck.id)
    flood(cluster, ({ _tag, to }) => _tag === "HeartbeatResponse" && to === leader.id)
    assert.deepInclude(leader.server, { currentTerm: core.term(8) })
    assert.strictEqual(leader.server!.role._tag, "Follower")

    play(cluster, 5 * electionTimeoutMax, [])
    const [next] = leadersIn(cluster) as [Host]
    assert.isAbove(next.server!.currentTerm, 8)
    assert.deepInclude(stuck.server!.role, { _tag: "Follower", leaderId: next.id })
  })
})

describe("L5: who hears some servers and not the leader", () => {
  it.each(["both ways", "one way", "flapping"] as const)("does not unseat it: its link is cut %s", (how) => {
    const cluster = led(three)
    const [leader, , partial] = cluster.hosts as [Host, Host, Host]
    const cut: ReadonlyArray<Link> = how === "one way" ? [[leader, partial]] : bothWays(leader, partial)
    for (let timeouts = 0; timeouts < 50; timeouts++) {
      play(cluster, electionTimeoutMax, how === "flapping" && timeouts % 2 === 0 ? [] : cut)
    }
    assert.isAtMost(cluster.counters.elections, 2)
    assert.lengthOf(leadersIn(cluster), 1)
  })

  it("B33 a leader that only a bridge still hears gives way to a majority that hears itself, while the cut lasts", () => {
    const cluster = led({ size: 5, options: allOn })
    const [leader, bridge, ...rest] = cluster.hosts as [Host, Host, Host, Host, Host]
    const cut = rest.flatMap((host) => bothWays(leader, host))
    const before = bridge.server!.commitIndex
    play(cluster, 10 * electionTimeoutMax, cut)
    const leaders = leadersIn(cluster)
    assert.lengthOf(leaders, 1)
    assert.notStrictEqual(leaders[0], leader)
    proposeTo(cluster, leaders[0]!)
    play(cluster, electionTimeoutMax, cut)
    assert.isAbove(bridge.server!.commitIndex, before + 1)
    assert.isAtMost(cluster.counters.elections, 3)
    assert.isUndefined(leaderRole(leaders[0]!).transfer)
  })
})
