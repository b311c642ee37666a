import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect, exchange, flood } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { calm, calmAmong, led, messagesIn, proposeTo, scene, seedLog, termsOf } from "./support/scenes.ts"

const rolesIn = (cluster: Cluster) => cluster.hosts.map(({ server }) => server?.role._tag)
const heartbeatsOnly = ({ _tag }: core.Message) => _tag === "HeartbeatRequest" || _tag === "HeartbeatResponse"

describe("§5.2 leader election", () => {
  it("§5.2 a server stays a follower as long as it hears from its leader", () => {
    const cluster = led({ size: 3 })
    const [leader, follower] = cluster.hosts as [Host, Host]
    for (let round = 0; round < 50; round++) {
      cluster.wake(leader)
      for (const host of cluster.hosts) if (host !== leader) host.clock += 100
      flood(cluster, heartbeatsOnly)
      flood(cluster, heartbeatsOnly)
    }
    assert.deepStrictEqual(rolesIn(cluster), ["Leader", "Follower", "Follower"])
    assert.strictEqual(follower.server!.currentTerm, 1)
  })

  it("§5.2 a follower that hears nothing for its election timeout starts an election", () => {
    const cluster = led({ size: 3 })
    const [, follower] = cluster.hosts as [Host, Host]
    const deadline = core.nextDeadline(follower.server!)
    assert.isAtLeast(deadline - follower.clock, core.defaultServerOptions.electionTimeoutMin)
    assert.isAtMost(deadline - follower.clock, core.defaultServerOptions.electionTimeoutMax)
    const [early] = core.step(follower.server!, { _tag: "TimeAdvanced", at: deadline - 1 })
    assert.strictEqual(early.role._tag, "Follower")
    const [late] = core.step(follower.server!, { _tag: "TimeAdvanced", at: deadline })
    assert.strictEqual(late.role._tag, "Candidate")
  })

  it("§5.2 it increments its term, votes for itself and asks all others in parallel, once that is durable", () => {
    const cluster = scene({ size: 5 })
    const [candidate] = cluster.hosts as [Host]
    cluster.timeout(candidate)
    assert.deepInclude(candidate.server, { currentTerm: core.term(1), votedFor: candidate.id })
    assert.lengthOf(cluster.bag, 0)
    cluster.persist(candidate, 1)
    assert.deepStrictEqual(
      cluster.bag.map(({ _tag, term, to }) => `${_tag} ${term} ${to}`),
      ["s1", "s2", "s3", "s4"].map((id) => `RequestVoteRequest 1 ${id}`)
    )
  })

  it("§5.2 it wins with the votes of a majority, not before and without waiting for more", () => {
    const cluster = scene({ size: 5 })
    const [candidate] = cluster.hosts as [Host]
    cluster.timeout(candidate)
    cluster.persist(candidate, 1)
    flood(cluster, ({ to }) => to === "s1")
    flood(cluster, ({ to }) => to === candidate.id)
    assert.strictEqual(candidate.server!.role._tag, "Candidate")
    flood(cluster, ({ to }) => to === "s2")
    flood(cluster, ({ to }) => to === candidate.id)
    assert.strictEqual(candidate.server!.role._tag, "Leader")
  })

  it("§5.2 a server votes once a term, first come first served, and again for whom it chose", () => {
    const cluster = scene({ size: 3 })
    const [first, second, voter] = cluster.hosts as [Host, Host, Host]
    for (const host of [first, second]) {
      cluster.timeout(host)
      cluster.persist(host, 1)
    }
    const [request] = cluster.bag.filter(({ from, to }) => from === first.id && to === voter.id)
    flood(cluster, ({ from, to }) => from === first.id && to === voter.id)
    flood(cluster, ({ from, to }) => from === second.id && to === voter.id)
    cluster.deliver(request!)
    const answers = cluster.bag.filter(
      ({ _tag, from }) => _tag === "RequestVoteResponse" && from === voter.id
    )
    assert.deepStrictEqual(
      answers.map((answer) => [answer.to, answer._tag === "RequestVoteResponse" && answer.voteGranted]),
      [
        [first.id, true],
        [second.id, false],
        [first.id, true]
      ]
    )
  })

  it("§5.2 a new leader sends heartbeats to all at once, which keeps others from campaigning", () => {
    const cluster = scene({ size: 5 })
    elect(cluster, cluster.hosts[0]!)
    const beats = cluster.bag.filter(({ _tag }) => _tag === "HeartbeatRequest").map(({ to }) => to)
    assert.deepStrictEqual(beats, ["s1", "s2", "s3", "s4"].map(core.serverId))
  })

  it("§5.2 a candidate that hears from a leader of its term follows it, and keeps its vote", () => {
    const cluster = scene({ size: 3 })
    const [winner, loser] = cluster.hosts as [Host, Host]
    cluster.timeout(loser)
    cluster.persist(loser, 1)
    cluster.bag = []
    elect(cluster, winner)
    calm(cluster)
    assert.deepInclude(loser.server!.role, { _tag: "Follower", leaderId: winner.id })
    assert.strictEqual(loser.server!.votedFor, loser.id)
  })

  it("§5.2 a candidate that hears from an older leader goes on", () => {
    const cluster = led({ size: 3 })
    const [old, candidate] = cluster.hosts as [Host, Host]
    cluster.timeout(candidate)
    cluster.wake(old)
    flood(cluster, ({ to }) => to === candidate.id)
    assert.strictEqual(candidate.server!.role._tag, "Candidate")
  })

  it("§5.2 after a split vote each candidate times out and starts a new election", () => {
    const cluster = scene({ size: 4 })
    const [left, right] = cluster.hosts as [Host, Host]
    for (const host of [left, right]) {
      cluster.timeout(host)
      cluster.persist(host, 1)
    }
    flood(cluster, ({ from, to }) => from === left.id && to === "s2")
    flood(cluster, ({ from, to }) => from === right.id && to === "s3")
    calm(cluster)
    assert.deepStrictEqual(rolesIn(cluster), ["Candidate", "Candidate", "Follower", "Follower"])
    elect(cluster, right)
    assert.deepInclude(right.server, { currentTerm: core.term(2) })
    assert.strictEqual(right.server!.role._tag, "Leader")
  })

  it("§5.1 votes that are lost are asked for again, only of those who have not answered", () => {
    const cluster = scene({ size: 5 })
    const [candidate] = cluster.hosts as [Host]
    cluster.timeout(candidate)
    cluster.persist(candidate, 1)
    flood(cluster, ({ to }) => to === "s1")
    flood(cluster, ({ to }) => to === candidate.id)
    cluster.bag = []
    candidate.clock += core.defaultServerOptions.heartbeatInterval
    cluster.endTurn(candidate)
    assert.deepStrictEqual(
      cluster.bag.map(({ term, to }) => `${term} ${to}`),
      ["1 s2", "1 s3", "1 s4"]
    )
  })
})

const timeoutOf = (name: string, nonce: number, electionTimeoutMax = 600): number =>
  core.nextDeadline(
    core.restart({
      id: core.serverId(name),
      group: core.groupId(0),
      incarnation: core.incarnation(nonce),
      options: { ...core.defaultServerOptions, electionTimeoutMax },
      persistent: core.emptyState,
      lastApplied: core.logIndex(0),
      at: 0
    })
  )

describe("§5.2 randomised election timeouts", () => {
  const names = Array.from({ length: 200 }, (_, position) => `s${position}`)

  it("§5.2 they are spread over the whole interval, ends included", () => {
    const drawn = names.map((name) => timeoutOf(name, 1, 309))
    assert.deepStrictEqual([Math.min(...drawn), Math.max(...drawn)], [300, 309])
    assert.strictEqual(new Set(drawn).size, 10)
  })

  it("another nonce at restart draws another timeout, the same nonce the same", () => {
    const changed = names.filter((name) => timeoutOf(name, 1) !== timeoutOf(name, 2))
    assert.isAbove(changed.length, 190)
    assert.strictEqual(timeoutOf("s0", 1), timeoutOf("s0", 1))
  })

  it("a timeout is drawn anew for every election", () => {
    const cluster = scene({ size: 3 })
    const [candidate] = cluster.hosts as [Host]
    const drawn = Array.from({ length: 20 }, () => {
      cluster.timeout(candidate)
      cluster.persist(candidate, 1)
      const { role } = candidate.server!
      return role._tag === "Candidate" ? role.electionDeadline - candidate.clock : 0
    })
    assert.isAbove(new Set(drawn).size, 10)
  })
})

describe("§5.4.1 election restriction", () => {
  it.each([
    { mine: [1], theirs: [1, 1], grants: true, why: "of equal last terms the longer log is more up to date" },
    { mine: [1, 1], theirs: [1, 1], grants: true, why: "an equal log is at least as up to date" },
    { mine: [1, 1], theirs: [1], grants: false, why: "of equal last terms the shorter log is not" },
    { mine: [1, 1, 1], theirs: [2], grants: true, why: "the later last term wins, however short the log" },
    { mine: [2], theirs: [1, 1, 1], grants: false, why: "the earlier last term loses, however long the log" },
    { mine: [], theirs: [], grants: true, why: "empty logs are equal" }
  ])("§5.4.1 $why", ({ grants, mine, theirs }) => {
    const cluster = scene({ size: 2 })
    const [candidate, voter] = cluster.hosts as [Host, Host]
    seedLog(cluster, candidate, theirs, 2)
    seedLog(cluster, voter, mine, 2)
    elect(cluster, candidate)
    assert.strictEqual(candidate.server!.role._tag, grants ? "Leader" : "Candidate")
  })

  it("§5.4.1 a server that lacks a committed entry cannot win, though a minority would have it", () => {
    const cluster = led({ size: 3 })
    const [leader, holder, lacking] = cluster.hosts as [Host, Host, Host]
    proposeTo(cluster, leader)
    calmAmong(cluster, [leader, holder])
    assert.strictEqual(leader.server!.commitIndex, 1)
    cluster.crash(leader, 0)
    for (let attempt = 0; attempt < 5; attempt++) elect(cluster, lacking)
    assert.strictEqual(lacking.server!.role._tag, "Candidate")
    elect(cluster, holder)
    assert.strictEqual(holder.server!.role._tag, "Leader")
    exchange(cluster, holder, lacking, false)
    assert.deepStrictEqual(termsOf(lacking), [1])
  })

  it("a granted vote leaves once it is durable", () => {
    const cluster = scene({ size: 3 })
    const [candidate, voter] = cluster.hosts as [Host, Host]
    cluster.timeout(candidate)
    cluster.persist(candidate, 1)
    flood(cluster, ({ to }) => to === voter.id, voter)
    const answers = () => cluster.bag.filter(({ from }) => from === voter.id)
    assert.lengthOf(answers(), 0)
    cluster.persist(voter, 1)
    assert.lengthOf(answers(), 1)
  })

  it("a granted vote grants time as well, a refused one does not", () => {
    const cluster = scene({ size: 3 })
    const [behind, candidate, voter] = cluster.hosts as [Host, Host, Host]
    seedLog(cluster, candidate, [1], 1)
    seedLog(cluster, voter, [1], 1)
    seedLog(cluster, behind, [], 1)
    const deadlines = [behind, behind, candidate].map((host) => {
      if (host.server!.role._tag === "Follower") cluster.timeout(host)
      cluster.persist(host, 1)
      voter.clock += 10
      // The first request brings the new term, and with it a fresh timeout for whatever it asks.
      for (const message of cluster.bag.filter(({ to }) => to === voter.id)) cluster.deliver(message)
      return core.nextDeadline(voter.server!) - voter.clock
    })
    const [, refused, granted] = deadlines as [number, number, number]
    assert.strictEqual(refused, deadlines[0]! - 10)
    assert.isAtLeast(granted, core.defaultServerOptions.electionTimeoutMin)
    assert.notStrictEqual(granted, refused - 10)
    assert.strictEqual(voter.server!.votedFor, candidate.id)
  })
})

describe("who may campaign", () => {
  const outsider = core.restart({
    id: core.serverId("s9"),
    group: core.groupId(0),
    incarnation: core.incarnation(1),
    options: { ...core.defaultServerOptions, checkQuorum: false },
    persistent: core.emptyState,
    lastApplied: core.logIndex(0),
    at: 0
  })

  it("a server without a configuration waits to be added, for ever", () => {
    let server = outsider
    for (let round = 0; round < 100; round++) {
      const [next, outputs] = core.step(server, { _tag: "TimeAdvanced", at: core.nextDeadline(server) })
      assert.deepStrictEqual(outputs, [])
      server = next
    }
    assert.deepStrictEqual([server.currentTerm, server.role._tag], [0, "Follower"])
  })

  it("B36 and votes for nobody: it may be a voter that lost its disk, with all that it had acknowledged", () => {
    const header = {
      group: core.groupId(0),
      from: core.serverId("s0"),
      incarnation: core.incarnation(1),
      to: outsider.self.id,
      term: core.term(1),
      sequence: core.sequence(1),
      lastLogIndex: core.logIndex(9),
      lastLogTerm: core.term(0)
    }
    const answers = [
      { ...header, _tag: "PreVoteRequest" as const },
      { ...header, _tag: "RequestVoteRequest" as const, leadershipTransfer: false }
    ].map((message) => {
      const [after, outputs] = core.step(outsider, { _tag: "MessageReceived", at: 0, message })
      assert.isUndefined(after.votedFor)
      return messagesIn(outputs).map((answer) => "voteGranted" in answer && answer.voteGranted)
    })
    assert.deepStrictEqual(answers, [[false], [false]])
  })

  it("a server alone leads as soon as its own vote is durable, and no sooner", () => {
    const cluster = scene({ size: 1 })
    const [alone] = cluster.hosts as [Host]
    cluster.timeout(alone)
    assert.strictEqual(alone.server!.role._tag, "Candidate")
    cluster.persist(alone, 1)
    assert.strictEqual(alone.server!.role._tag, "Leader")
  })
})
