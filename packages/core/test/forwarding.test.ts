import { assert, describe, it } from "@effect/vitest"
import type { Event } from "../src/event.ts"
import { incarnation, logIndex, sequence, term } from "../src/ids.ts"
import type { ForwardProposalsRequest, ForwardProposalsResponse, Message } from "../src/message.ts"
import type { Output, ProposalAnswer } from "../src/output.ts"
import { nextDeadline } from "../src/deadline.ts"
import { elect } from "./support/actions.ts"
import type { Cluster, Host, Stepped } from "./support/Cluster.ts"
import { calm, calmAmong, led, proposeTo, recorder, type Scene, termsOf } from "./support/scenes.ts"

const isForward = (message: Message) =>
  message._tag === "ForwardProposalsRequest" || message._tag === "ForwardProposalsResponse"

/** A cluster whose first server leads term 1, with everything it ordered. */
const forwarding = (scenery: Partial<Scene> = {}) => {
  const record = recorder()
  const cluster = led({ size: 3, ...scenery, observers: [record] })
  cluster.forwards = true
  const [leader, follower, other] = cluster.hosts as [Host, Host, Host]
  record.steps.length = 0
  return { cluster, leader, follower, other, record }
}

const answersIn = (steps: ReadonlyArray<Stepped>): ReadonlyArray<ProposalAnswer> =>
  steps.flatMap(({ outputs }) =>
    outputs.flatMap((output) => (output._tag === "AnswerProposals" ? output.answers : []))
  )

const requestsIn = ({ bag }: Cluster): ReadonlyArray<ForwardProposalsRequest> =>
  bag.flatMap((message) => (message._tag === "ForwardProposalsRequest" ? [message] : []))

const responsesIn = ({ bag }: Cluster): ReadonlyArray<ForwardProposalsResponse> =>
  bag.flatMap((message) => (message._tag === "ForwardProposalsResponse" ? [message] : []))

const lose = (cluster: Cluster): void => {
  cluster.bag = cluster.bag.filter((message) => !isForward(message))
}

/** One command at the follower, and the request that leaves with it. */
const forwardOne = (cluster: Cluster, follower: Host): ForwardProposalsRequest => {
  cluster.propose(follower, 1)
  return requestsIn(cluster).at(-1)!
}

const commandsOf = (sizes: ReadonlyArray<number>) =>
  sizes.map((size, id) => ({ id: 1_000 + id, command: new Uint8Array(size) }))

const proposeSizes = (cluster: Cluster, host: Host, sizes: ReadonlyArray<number>): ReadonlyArray<Output> => {
  const event: Event = {
    _tag: "CommandsProposed",
    at: host.clock,
    proposals: commandsOf(sizes),
    mayBeForwarded: true
  }
  return cluster.core.step(host.server!, event)[1]
}

const tagsOf = (answers: ReadonlyArray<{ readonly _tag: string }>) => answers.map(({ _tag }) => _tag)

describe("§8 a command that reaches a follower", () => {
  it("§8 goes to the leader, and its follower hears where it stands", () => {
    const { cluster, follower, leader, record } = forwarding()
    const request = forwardOne(cluster, follower)
    assert.deepStrictEqual([request.to, request.leaderTerm, request.term], [leader.id, term(1), term(1)])
    assert.deepStrictEqual(answersIn(record.steps), [])
    calm(cluster)
    assert.deepStrictEqual(answersIn(record.steps), [
      { _tag: "Appended", id: 1, index: logIndex(1), term: term(1) }
    ])
    assert.deepStrictEqual(termsOf(leader), [1])
    assert.strictEqual(follower.applied, 1)
  })

  it("§8 may not, if the option is off, if it is not allowed to, or if no leader is known", () => {
    for (const { allowed, options, timesOut } of [
      { allowed: true, options: { forwarding: false }, timesOut: false },
      { allowed: false, options: {}, timesOut: false },
      { allowed: true, options: {}, timesOut: true }
    ]) {
      const { cluster, follower, record } = forwarding({ options })
      if (timesOut) cluster.timeout(follower)
      cluster.forwards = allowed
      cluster.propose(follower, 1)
      assert.deepStrictEqual(tagsOf(answersIn(record.steps)), ["NotLeader"])
      assert.deepStrictEqual(requestsIn(cluster), [])
    }
  })

  it("§8 is sent again each heartbeat until it is answered, under the same number", () => {
    const { cluster, follower, leader, record } = forwarding()
    const first = forwardOne(cluster, follower)
    lose(cluster)
    follower.clock += cluster.options.heartbeatInterval - 1
    cluster.endTurn(follower)
    assert.lengthOf(requestsIn(cluster), 0)
    assert.strictEqual(nextDeadline(follower.server!), follower.clock + 1)
    follower.clock += 1
    cluster.endTurn(follower)
    const [second] = requestsIn(cluster)
    assert.deepStrictEqual(second, first)
    // The answer is lost, and the next copy is told the same.
    cluster.deliver(second!)
    lose(cluster)
    follower.clock += cluster.options.heartbeatInterval
    cluster.endTurn(follower)
    calm(cluster)
    assert.deepStrictEqual(tagsOf(answersIn(record.steps)), ["Appended"])
    assert.deepStrictEqual(termsOf(leader), [1])
  })

  it("§8 is appended once, however often and late copies of its request come", () => {
    const { cluster, follower, leader, record } = forwarding()
    const request = forwardOne(cluster, follower)
    for (let times = 0; times < 3; times++) cluster.deliver(request)
    assert.deepStrictEqual(
      responsesIn(cluster).map(({ count, firstIndex, outcome }) => [outcome, firstIndex, count]),
      [1, 2, 3].map(() => ["Taken", 1, 1])
    )
    calm(cluster)
    proposeTo(cluster, follower)
    calm(cluster)
    cluster.deliver(request)
    assert.deepStrictEqual(termsOf(leader), [1, 1])
    assert.deepStrictEqual(tagsOf(answersIn(record.steps)), ["Appended", "Appended"])
  })

  it("§8 is not appended in another term than the one whose leader it was meant for", () => {
    const { cluster, follower, leader, other, record } = forwarding()
    const request = forwardOne(cluster, follower)
    lose(cluster)
    elect(cluster, other)
    calm(cluster)
    elect(cluster, leader)
    calm(cluster)
    const now = leader.server!.currentTerm
    assert.isAbove(now, 1)
    cluster.deliver({ ...request, term: now })
    assert.notInclude(termsOf(leader), Number(now))
    calm(cluster)
    assert.notInclude(tagsOf(answersIn(record.steps)), "Appended")
  })

  it("§8 is sent on by nobody: who does not lead says nowhere", () => {
    const { cluster, follower, other } = forwarding()
    const request = forwardOne(cluster, follower)
    lose(cluster)
    cluster.deliver({ ...request, to: other.id })
    assert.deepStrictEqual(requestsIn(cluster), [])
    assert.deepStrictEqual(tagsOf(cluster.bag), ["ForwardProposalsResponse"])
    assert.strictEqual(responsesIn(cluster)[0]!.outcome, "NotLeader")
  })
})

describe("§8 a leader that was asked, and leads no more", () => {
  it("§8 says of what it took where that is, and of the rest that it is nowhere", () => {
    const { cluster, follower, leader, other } = forwarding()
    const taken = forwardOne(cluster, follower)
    cluster.deliver(taken)
    const late = forwardOne(cluster, follower)
    lose(cluster)
    elect(cluster, other)
    calm(cluster)
    assert.strictEqual(leader.server!.role._tag, "Follower")
    for (const request of [taken, late]) cluster.deliver({ ...request, term: leader.server!.currentTerm })
    assert.deepStrictEqual(
      responsesIn(cluster).map(({ firstIndex, outcome }) => [outcome, firstIndex]),
      [
        ["Taken", 1],
        ["NotLeader", 0]
      ]
    )
  })

  it("§8 cannot tell after a restart, nor once it has led another term", () => {
    const { cluster, follower, leader } = forwarding()
    const request = forwardOne(cluster, follower)
    cluster.deliver(request)
    calm(cluster)
    cluster.crash(leader, 0)
    cluster.restart(leader, false)
    lose(cluster)
    cluster.deliver(request)
    assert.deepStrictEqual(
      responsesIn(cluster).map(({ outcome }) => outcome),
      ["Unknown"]
    )
    elect(cluster, leader)
    calm(cluster)
    const again = forwardOne(cluster, follower)
    cluster.deliver(again)
    lose(cluster)
    cluster.deliver({ ...request, term: leader.server!.currentTerm })
    assert.deepStrictEqual(
      responsesIn(cluster).map(({ outcome }) => outcome),
      ["Unknown"]
    )
  })
})

describe("§8 forwarded commands that nobody answers", () => {
  it("§8 end unknown when their time is over, and not before", () => {
    const { cluster, follower, leader, record } = forwarding()
    forwardOne(cluster, follower)
    const end = follower.clock + cluster.options.proposalTimeout
    // It follows its leader all the time, and no request of it arrives.
    for (; follower.clock < end - 10; follower.clock += 10) {
      leader.clock += 10
      cluster.endTurn(leader)
      cluster.endTurn(follower)
      lose(cluster)
      calm(cluster)
    }
    assert.deepStrictEqual(answersIn(record.steps), [])
    follower.clock = end
    cluster.endTurn(follower)
    assert.deepStrictEqual(answersIn(record.steps), [{ _tag: "Unknown", id: 1 }])
    assert.lengthOf(follower.server!.reads.forwards.open, 0)
  })

  it("§8 end two election timeouts after another term is known", () => {
    const { cluster, follower, leader, other, record } = forwarding({ options: { proposalTimeout: 60_000 } })
    forwardOne(cluster, follower)
    const forwardedAt = follower.clock
    cluster.crash(leader, 0)
    elect(cluster, other)
    calmAmong(cluster, [follower, other])
    while (answersIn(record.steps).length === 0 && follower.clock < forwardedAt + 60_000) {
      follower.clock += 10
      cluster.endTurn(follower)
    }
    assert.deepStrictEqual(tagsOf(answersIn(record.steps)), ["Unknown"])
    const { electionTimeoutMax, heartbeatInterval } = cluster.options
    assert.isAtMost(follower.clock - forwardedAt, 3 * electionTimeoutMax + heartbeatInterval)
  })

  it("§8 end unknown when storage fails", () => {
    const { cluster, follower, record } = forwarding()
    forwardOne(cluster, follower)
    cluster.tell(follower, { _tag: "StorageFailed", at: follower.clock })
    assert.deepStrictEqual(answersIn(record.steps), [{ _tag: "Unknown", id: 1 }])
  })

  it("§8 are not answered by what an earlier life of their server was told", () => {
    const { cluster, follower, record } = forwarding()
    const request = forwardOne(cluster, follower)
    cluster.deliver(request)
    const [response] = responsesIn(cluster)
    cluster.deliver({ ...response!, asker: incarnation(99) })
    assert.deepStrictEqual(answersIn(record.steps), [])
    cluster.deliver({ ...response!, sequence: sequence(99) })
    assert.deepStrictEqual(answersIn(record.steps), [])
    cluster.deliver(response!)
    assert.deepStrictEqual(tagsOf(answersIn(record.steps)), ["Appended"])
  })
})

describe("§8 the bounds of forwarding", () => {
  it("what does not fit a message goes in the next; what does not fit the window is refused", () => {
    const options = { appendBytesMax: 120, inflightMessagesMax: 2, inflightBytesMax: 10_000 }
    const { cluster, follower } = forwarding({ options })
    const outputs = proposeSizes(cluster, follower, [20, 20, 20, 200, 20, 20])
    const sizes = outputs.flatMap((output) =>
      output._tag === "SendMessage" && output.message._tag === "ForwardProposalsRequest"
        ? [output.message.proposals.map(({ command }) => command.length)]
        : []
    )
    assert.deepStrictEqual(sizes, [[20, 20], [20]])
    const refused = outputs.flatMap((output) => (output._tag === "AnswerProposals" ? output.answers : []))
    assert.deepStrictEqual(
      refused.map(({ _tag, id }) => [_tag, id]),
      [
        ["Overloaded", 1_003],
        ["Overloaded", 1_004],
        ["Overloaded", 1_005]
      ]
    )
  })

  it("bytes on the way to a leader are bounded, but one message always is", () => {
    const { cluster, follower } = forwarding({ options: { appendBytesMax: 50, inflightBytesMax: 100 } })
    const outputs = proposeSizes(cluster, follower, [500, 1])
    assert.deepStrictEqual(tagsOf(outputs), ["SendMessage", "AnswerProposals"])
  })

  it("a leader without room takes the first, and says that the others are nowhere", () => {
    const { cluster, follower, leader, record } = forwarding({ options: { uncommittedEntriesMax: 2 } })
    cluster.propose(follower, 3)
    cluster.deliver(requestsIn(cluster)[0]!)
    cluster.deliver(responsesIn(cluster)[0]!)
    assert.deepStrictEqual(tagsOf(answersIn(record.steps)), ["Appended", "Appended", "Overloaded"])
    assert.deepStrictEqual(termsOf(leader), [1, 1])
  })

  it("a leader takes commands of so many lives of its peers, and of no more before its term ends", () => {
    const { cluster, follower, leader } = forwarding({ options: { uncommittedEntriesMax: 5_000 } })
    const request = forwardOne(cluster, follower)
    let server = leader.server!
    const outcomes: Array<readonly [outcome: string, count: number]> = []
    for (let life = 1; life <= 1_025; life++) {
      const message = { ...request, incarnation: incarnation(life) }
      const [next, outputs] = cluster.core.step(server, {
        _tag: "MessageReceived",
        at: leader.clock,
        message
      })
      server = next
      for (const output of outputs) {
        if (output._tag !== "SendMessage" || output.message._tag !== "ForwardProposalsResponse") continue
        outcomes.push([output.message.outcome, output.message.count])
      }
    }
    assert.deepStrictEqual(outcomes.at(-2), ["Taken", 1])
    assert.deepStrictEqual(outcomes.at(-1), ["Taken", 0])
    assert.strictEqual(server.log.lastIndex, 1_024)
  })

  it("what its sender waits for no more is forgotten", () => {
    const { cluster, follower, leader } = forwarding()
    for (let times = 0; times < 20; times++) {
      proposeTo(cluster, follower)
      calm(cluster)
    }
    const [life] = leader.server!.reads.forwards.taken.forwarders
    assert.lengthOf(life!.answered, 1)
  })
})
