import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"
import { elect, fade, flood } from "./support/actions.ts"
import type { Cluster, Host } from "./support/Cluster.ts"
import { allOn } from "./support/run.ts"
import { calm, calmAmong, deliverAll, led, proposeTo, scene, seedLog } from "./support/scenes.ts"

const { electionTimeoutMax, electionTimeoutMin, heartbeatInterval } = core.defaultServerOptions
const three = { size: 3, options: allOn }
const preVoteOnly = { size: 3, options: { preVote: true } }

const answersOf = (cluster: Cluster, host: Host) =>
  cluster.bag.flatMap((message) =>
    message.from === host.id && (message._tag === "PreVoteResponse" || message._tag === "RequestVoteResponse")
      ? [message]
      : []
  )

/** Campaigns in vain, again and again, cut off from everybody. */
const loneliness = (cluster: Cluster, host: Host): void => {
  for (let round = 0; round < 10; round++) {
    cluster.timeout(host)
    cluster.persist(host, Infinity)
  }
  cluster.bag = []
}

describe("thesis §9.6 PreVote", () => {
  it("§9.6 a server that is cut off asks for ever and never raises its term", () => {
    const cluster = led(three)
    const lonely = cluster.hosts[2]!
    loneliness(cluster, lonely)
    assert.strictEqual(lonely.server!.role._tag, "PreCandidate")
    assert.strictEqual(lonely.server!.currentTerm, 1)
  })

  it("§9.6 when it comes back, the leader stays, in its term", () => {
    const cluster = led(three)
    const [leader, , lonely] = cluster.hosts as [Host, Host, Host]
    loneliness(cluster, lonely)
    cluster.timeout(lonely)
    calm(cluster)
    cluster.wake(leader)
    calm(cluster)
    assert.deepStrictEqual([leader.server!.role._tag, leader.server!.currentTerm], ["Leader", 1])
    assert.deepInclude(lonely.server!.role, { _tag: "Follower", leaderId: leader.id })
  })

  it("§9.6 the request names the term that would be, and waits for no write", () => {
    const cluster = scene(three)
    const [asking] = cluster.hosts as [Host]
    cluster.timeout(asking)
    assert.deepStrictEqual(
      cluster.bag.map(({ _tag, term, to }) => `${_tag} ${term} ${to}`),
      ["PreVoteRequest 1 s1", "PreVoteRequest 1 s2"]
    )
    assert.lengthOf(asking.disk.inFlight, 0)
    assert.deepInclude(asking.server, { currentTerm: core.term(0), votedFor: undefined })
  })

  it("§9.6 a quorum that would vote for it, itself counted, makes it campaign, and no less", () => {
    const cluster = scene({ ...three, size: 5 })
    const [asking] = cluster.hosts as [Host]
    fade(cluster)
    cluster.timeout(asking)
    flood(cluster, ({ to }) => to === "s1")
    flood(cluster, ({ to }) => to === asking.id)
    assert.strictEqual(asking.server!.role._tag, "PreCandidate")
    flood(cluster, ({ to }) => to === "s2")
    cluster.bag.filter(({ to }) => to === asking.id).forEach((message) => cluster.deliver(message))
    assert.deepInclude(asking.server, { currentTerm: core.term(1), votedFor: asking.id })
    assert.strictEqual(asking.server!.role._tag, "Candidate")
  })

  it("§9.6 granting promises nothing: the voter still has its vote, its term and its patience", () => {
    const cluster = scene(preVoteOnly)
    const [first, second, voter] = cluster.hosts as [Host, Host, Host]
    const before = voter.server!
    for (const host of [first, second]) cluster.timeout(host)
    for (const message of cluster.bag.filter(({ to }) => to === voter.id)) cluster.deliver(message)
    assert.deepStrictEqual(
      answersOf(cluster, voter).map(({ to, voteGranted }) => [to, voteGranted]),
      [
        [first.id, true],
        [second.id, true]
      ]
    )
    assert.strictEqual(voter.server!.role, before.role)
    assert.deepInclude(voter.server, { currentTerm: core.term(0), votedFor: undefined })
  })

  it.each([
    { mine: [1], theirs: [1, 1], grants: true },
    { mine: [1, 1], theirs: [1], grants: false },
    { mine: [1, 1, 1], theirs: [2], grants: true },
    { mine: [2], theirs: [1, 1, 1], grants: false }
  ])("§9.6 it is granted as the vote would be: log $theirs asks log $mine", ({ grants, mine, theirs }) => {
    const cluster = scene(preVoteOnly)
    const [asking, voter] = cluster.hosts as [Host, Host]
    seedLog(cluster, asking, theirs, 2)
    seedLog(cluster, voter, mine, 2)
    cluster.timeout(asking)
    flood(cluster, ({ to }) => to === voter.id)
    assert.deepStrictEqual(
      answersOf(cluster, voter).map(({ voteGranted }) => voteGranted),
      [grants]
    )
  })

  it("§9.6 who would campaign in a term that is here already is refused, and learns of that term", () => {
    const cluster = scene(preVoteOnly)
    const [asking, voter] = cluster.hosts as [Host, Host]
    seedLog(cluster, voter, [], 7)
    cluster.timeout(asking)
    flood(cluster, ({ to }) => to === voter.id)
    assert.deepStrictEqual(
      answersOf(cluster, voter).map(({ term, voteGranted }) => [term, voteGranted]),
      [[core.term(7), false]]
    )
    deliverAll(cluster)
    assert.deepInclude(asking.server, { currentTerm: core.term(7) })
    assert.strictEqual(asking.server!.role._tag, "Follower")
    cluster.timeout(asking)
    calm(cluster)
    assert.strictEqual(asking.server!.role._tag, "Leader")
  })

  it("§9.6 a yes counts though its giver is behind in terms", () => {
    const cluster = scene(preVoteOnly)
    const [asking, voter] = cluster.hosts as [Host, Host]
    seedLog(cluster, asking, [], 7)
    elect(cluster, asking)
    assert.strictEqual(voter.server!.currentTerm, 8)
    assert.strictEqual(asking.server!.role._tag, "Leader")
  })

  it("§9.6 what is lost is asked for again, only of those who have not answered", () => {
    const cluster = scene({ ...three, size: 5 })
    const [asking] = cluster.hosts as [Host]
    cluster.timeout(asking)
    flood(cluster, ({ to }) => to === "s1")
    flood(cluster, ({ to }) => to === asking.id)
    cluster.bag = []
    asking.clock += heartbeatInterval
    cluster.endTurn(asking)
    assert.deepStrictEqual(
      cluster.bag.map(({ to }) => to),
      ["s2", "s3", "s4"].map(core.serverId)
    )
  })

  it("§9.6 a server alone needs nobody's opinion", () => {
    const cluster = scene({ ...three, size: 1 })
    const [alone] = cluster.hosts as [Host]
    cluster.timeout(alone)
    assert.strictEqual(alone.server!.role._tag, "Candidate")
  })

  it("§9.6 who asks and hears from a leader of its term follows it", () => {
    const cluster = led(three)
    const [leader, , asking] = cluster.hosts as [Host, Host, Host]
    cluster.timeout(asking)
    cluster.bag = []
    cluster.wake(leader)
    calm(cluster)
    assert.deepInclude(asking.server!.role, { _tag: "Follower", leaderId: leader.id })
  })

  it("§5.2 who asks still has its vote to give, and gives it again to whom it chose", () => {
    const cluster = scene(three)
    const [candidate, voter] = cluster.hosts as [Host, Host]
    fade(cluster)
    cluster.timeout(candidate)
    flood(cluster, ({ _tag }) => _tag === "PreVoteRequest")
    flood(cluster, ({ _tag }) => _tag === "PreVoteResponse")
    cluster.persist(candidate, Infinity)
    const request = cluster.bag.find(({ _tag, to }) => _tag === "RequestVoteRequest" && to === voter.id)!
    cluster.timeout(voter)
    assert.strictEqual(voter.server!.role._tag, "PreCandidate")
    for (const times of [1, 2]) {
      cluster.deliver(request)
      assert.strictEqual(voter.server!.votedFor, candidate.id, `delivered ${times} times`)
      assert.strictEqual(voter.server!.role._tag, "Follower")
      cluster.timeout(voter)
      assert.strictEqual(voter.server!.role._tag, "PreCandidate")
    }
  })

  it("a server whose storage has stopped since it asked does not campaign", () => {
    const cluster = scene({ size: 3, options: { ...allOn, storageStallTimeout: 1_000 } })
    const [asking, other] = cluster.hosts as [Host, Host]
    // An answer of an old request brings a newer term, which nobody writes down.
    const header = { group: core.groupId(0), from: other.id, incarnation: core.incarnation(1), to: asking.id }
    const answer = { ...header, term: core.term(1), sequence: core.sequence(0) }
    cluster.deliver({ _tag: "RequestVoteResponse", ...answer, voteGranted: false })
    const issuedAt = asking.clock
    cluster.timeout(asking)
    assert.strictEqual(asking.server!.role._tag, "PreCandidate")

    asking.clock = issuedAt + 1_000
    const sequence = asking.server!.lastSequence
    cluster.deliver({ _tag: "PreVoteResponse", ...answer, sequence, voteGranted: true })
    assert.strictEqual(asking.server!.role._tag, "PreCandidate")
    assert.strictEqual(asking.server!.currentTerm, 1)
    cluster.endTurn(asking)
    cluster.timeout(asking)
    assert.strictEqual(asking.server!.role._tag, "Follower")
  })
})

describe("B4: what was answered in advance is no vote", () => {
  it("a late or repeated yes counts for no election, and for no later attempt", () => {
    const cluster = scene({ ...three, size: 5 })
    const [asking] = cluster.hosts as [Host]
    fade(cluster)
    cluster.timeout(asking)
    const requests = cluster.bag
    flood(cluster, ({ _tag }) => _tag === "PreVoteRequest")
    const yes = cluster.bag.filter(({ to }) => to === asking.id)
    assert.lengthOf(yes, requests.length)
    for (const answer of yes.slice(0, 2)) cluster.deliver(answer)
    assert.strictEqual(asking.server!.role._tag, "Candidate")
    cluster.persist(asking, Infinity)
    // All of them, twice, past the election that they led to.
    for (const answer of [...yes, ...yes]) cluster.deliver(answer)
    assert.deepInclude(asking.server!.role, { _tag: "Candidate", votes: [] })

    // The next attempt of the same server, in the next term: nothing of the old one counts.
    cluster.bag = []
    cluster.timeout(asking)
    for (const answer of yes) cluster.deliver(answer)
    assert.deepInclude(asking.server!.role, { _tag: "PreCandidate", votes: [] })
  })

  it("a yes that arrives twice counts once", () => {
    const cluster = scene({ ...three, size: 5 })
    const [asking] = cluster.hosts as [Host]
    fade(cluster)
    cluster.timeout(asking)
    flood(cluster, ({ to }) => to === "s1")
    const [yes] = cluster.bag.filter(({ to }) => to === asking.id)
    for (let times = 0; times < 5; times++) cluster.deliver(yes!)
    assert.strictEqual(asking.server!.role._tag, "PreCandidate")
  })

  it("to ask does not give the own vote away", () => {
    const cluster = scene(preVoteOnly)
    const [first, second] = cluster.hosts as [Host, Host]
    for (const host of [first, second]) cluster.timeout(host)
    flood(cluster, ({ _tag, from }) => _tag === "PreVoteRequest" && from === second.id)
    flood(cluster, ({ _tag, to }) => _tag === "PreVoteResponse" && to === second.id)
    cluster.persist(second, Infinity)
    flood(cluster, ({ _tag, to }) => _tag === "RequestVoteRequest" && to === first.id)
    assert.strictEqual(first.server!.votedFor, second.id)
  })
})

describe("B5: one of three is down, and the leader has lost contact once", () => {
  it("a leader that steps down may ask like anybody else, and one of the two soon leads", () => {
    const cluster = led(three)
    const [leader, follower, down] = cluster.hosts as [Host, Host, Host]
    cluster.crash(down, 0)
    for (let round = 0; round < 20 && leader.server!.role._tag === "Leader"; round++) {
      cluster.wake(leader)
      cluster.bag = []
    }
    assert.strictEqual(leader.server!.role._tag, "Follower")
    follower.clock += 2 * electionTimeoutMin
    elect(cluster, leader)
    calmAmong(cluster, [leader, follower])
    assert.strictEqual(leader.server!.role._tag, "Leader")
  })

  it("asking earns no time: each of the two gets its turn, whatever the other asks meanwhile", () => {
    const cluster = led(three)
    const [leader, follower, down] = cluster.hosts as [Host, Host, Host]
    cluster.crash(down, 0)
    proposeTo(cluster, leader)
    cluster.crash(leader, 1)
    cluster.restart(leader, false)
    const { electionDeadline } = follower.server!.role as core.Follower
    // The old leader asks throughout.
    for (const at of [0, 100, 200]) {
      leader.clock += at
      cluster.timeout(leader)
      flood(cluster, ({ to }) => to === follower.id, down)
    }
    assert.isAtMost(core.nextDeadline(follower.server!), electionDeadline)
    assert.isAtMost(electionDeadline - follower.clock, electionTimeoutMax)
  })
})
