/**
 * Elections and votes: bugs that let two servers lead one term, or none lead at all.
 */
import { type Message, serverId } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import {
  change,
  promote,
  propose,
  read,
  readAnswer,
  simple,
  transfer,
  transferAnswer
} from "./support/clients.ts"
import { append, requestVote } from "./support/letters.ts"
import { command } from "./support/notation.ts"
import { figure2, Stage } from "./support/Stage.ts"

describe("votes are promises", () => {
  it("B1: a vote leaves only once it would survive power loss, so no term has two leaders", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.slowDisk("B")
    stage.campaign("A", "AB")
    assert.deepStrictEqual(stage.sent("RequestVoteResponse", "B", "A"), [])

    // B has forgotten A when C asks it in the same term.
    stage.crash("B")
    stage.restart("B")
    stage.campaign("C", "C")
    stage.deliver(requestVote({ from: "C", to: "B", term: 1 }))
    stage.sync("B")
    stage.exchange("BC")
    assert.strictEqual(stage.leaders, "C1")
  })

  it("B2: term and vote become durable together: no crash leaves the one without the other", () => {
    const survivors = [0, 1, 2].map((survived) => {
      const stage = new Stage({ voters: "ABC" })
      stage.deliver(requestVote({ from: "C", to: "B", term: 1 }))
      stage.slowDisk("B")
      stage.deliver(requestVote({ from: "A", to: "B", term: 2 }))
      stage.sync("B", survived)
      stage.crash("B")
      stage.restart("B")
      const { currentTerm, votedFor } = stage.server("B")
      return `${votedFor} in ${currentTerm}`
    })
    assert.deepStrictEqual(survivors, ["C in 1", "A in 2", "A in 2"])
  })

  it("B3: who steps down within a term keeps the vote that it gave in it", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.campaign("A", "A")
    assert.strictEqual(stage.server("A").role._tag, "Candidate")
    stage.elect("B", "BC")

    // Both campaigned in term 1, and the winner's first append finds the loser.
    stage.deliver(append({ from: "B", to: "A", term: 1 }))
    assert.strictEqual(stage.server("A").role._tag, "Follower")
    assert.strictEqual(stage.server("A").votedFor, "A")
    stage.deliver(requestVote({ from: "C", to: "A", term: 1, last: [9, 1] }))
    assert.isFalse(stage.hold("RequestVoteResponse", "A", "C").voteGranted)
  })

  it("B6: the later last term wins over the longer log, and the longer log never over the later term", () => {
    const stage = new Stage({ voters: "ABC" })
    const [a, b, c] = [command(1, 1, "a"), command(2, 1, "b"), command(3, 1, "c")]
    stage.deliver(append({ from: "A", to: "B", term: 1, entries: [a, b, c] }))
    stage.deliver(append({ from: "A", to: "C", term: 1, entries: [a] }))
    stage.deliver(append({ from: "A", to: "C", term: 2, prev: [1, 1], entries: [command(2, 2, "d")] }))
    stage.crash("A")

    stage.campaign("B", "BC")
    stage.campaign("B", "BC")
    assert.strictEqual(stage.leaders, "")
    stage.elect("C", "BC")
    propose(stage, "C", "e")
    stage.exchange("BC")
    assert.strictEqual(stage.log("B"), "1a 2d 4e")
  })
})

describe("how many are a quorum", () => {
  it("B7: for 1 to 7 servers a majority elects, commits and confirms a read, and not one server less", () => {
    const counts = Array.from({ length: 7 }, (_, position) => {
      const stage = new Stage({ voters: "ABCDEFG".slice(0, position + 1) })
      stage.timeout("A")
      const votes = answersUntil(
        stage,
        ["RequestVoteRequest", "RequestVoteResponse"],
        () => stage.leaders === "A1"
      )
      stage.lose()
      propose(stage, "A", "x")
      const stored = answersUntil(
        stage,
        ["AppendEntriesRequest", "AppendEntriesAccepted"],
        () => stage.applied("A") === "x"
      )
      stage.lose()
      const number = read(stage, "A")
      const heard = answersUntil(
        stage,
        ["HeartbeatRequest", "HeartbeatResponse"],
        () => readAnswer(stage, "A", number) === 1
      )
      return [votes, stored, heard]
    })
    assert.deepStrictEqual(counts, [
      [0, 0, 0],
      [1, 1, 1],
      [1, 1, 1],
      [2, 2, 2],
      [2, 2, 2],
      [3, 3, 3],
      [3, 3, 3]
    ])
  })
})

/** How many peers have to answer A, one after the other, until something is done. */
const answersUntil = (
  stage: Stage,
  [request, response]: readonly [Message["_tag"], Message["_tag"]],
  isDone: () => boolean
): number => {
  let answers = 0
  for (const peer of stage.everybody.slice(1)) {
    if (isDone()) return answers
    stage.deliver(stage.hold(request, "A", peer))
    stage.deliver(stage.hold(response, peer, "A"))
    answers++
  }
  return isDone() ? answers : NaN
}

describe("asking before an election", () => {
  it("B4: answers to the question before an election are no votes, and giving one takes nothing back", () => {
    const stage = new Stage({ voters: "ABC", options: { ...figure2, preVote: true } })
    stage.deliver(requestVote({ from: "C", to: "B", term: 1 }))
    stage.lose()

    stage.timeout("A")
    stage.deliver(stage.hold("PreVoteRequest", "A", "C"))
    stage.deliver(stage.hold("PreVoteRequest", "A", "B"))
    const late = [stage.hold("PreVoteResponse", "C", "A"), stage.hold("PreVoteResponse", "B", "A")]
    assert.deepStrictEqual(
      late.map(({ voteGranted }) => voteGranted),
      [true, false]
    )
    assert.strictEqual(stage.server("B").votedFor, "C")

    // One answer makes A campaign; the network repeats both for as long as the election lasts.
    stage.deliver(...late, ...late, ...late)
    assert.deepInclude(stage.server("A").role, { _tag: "Candidate", votes: [] })
    assert.strictEqual(stage.leaders, "")
  })

  it("B5: a leader that lost its quorum for a moment is elected again by a server that still follows it", () => {
    const stage = new Stage({ voters: "ABC", options: {} })
    stage.crash("C")
    stage.elect("A", "AB")
    propose(stage, "A", "x")
    // B hears A, and no answer of B arrives, until A gives up.
    for (let waited = 0; waited < 700; waited += 100) {
      stage.wait("B", 100)
      stage.wait("A", 100)
      const beats = stage.sent("HeartbeatRequest", "A", "B")
      stage.lose()
      stage.deliver(...beats)
      stage.lose()
    }
    assert.strictEqual(stage.leaders, "")
    assert.deepInclude(stage.server("B").role, { _tag: "Follower", leaderId: serverId("A") })

    // B lacks x and cannot win: all depends on its answer to the leader that it had.
    stage.elect("A", "AB")
    assert.strictEqual(stage.leaders, "A2")
    assert.strictEqual(stage.applied("B"), "x")
  })

  it("B5: who is asked whether it would vote waits no longer for its leader than before", () => {
    const stage = new Stage({ voters: "ABC", options: {} })
    stage.timeout("A")
    const before = stage.server("B").role
    stage.deliver(stage.hold("PreVoteRequest", "A", "B"))
    assert.isTrue(stage.hold("PreVoteResponse", "B", "A").voteGranted)
    assert.deepStrictEqual(stage.server("B").role, before)
  })
})

describe("who may vote", () => {
  it("B8: a server that does not know yet that it votes votes all the same when it is asked", () => {
    const stage = new Stage({ voters: "ABC", learners: "D" })
    stage.elect("A")
    propose(stage, "A", "x")
    stage.exchange()

    assert.strictEqual(change(stage, "A", simple(promote("D")))._tag, "Appended")
    stage.exchange("ABC")
    assert.strictEqual(stage.server("A").commitIndex, 2)
    assert.strictEqual(stage.log("D"), "1x")

    // Three of ABCD are needed now, and only D has not heard of it.
    stage.crash("A")
    stage.elect("B", "BCD")
    propose(stage, "B", "y")
    stage.exchange("BCD")
    assert.strictEqual(stage.log("D"), "1x 1{ABCD} 2y")
  })
})

describe("leadership that is handed over", () => {
  it("B9: a learner is never told to campaign", () => {
    const stage = new Stage({ voters: "ABC", learners: "D" })
    stage.elect("A")
    const number = transfer(stage, "A", "D")
    assert.strictEqual(transferAnswer(stage, "A", number), "NotVoter")
    assert.deepStrictEqual(stage.sent("TimeoutNowRequest", "A", "D"), [])
    stage.exchange()
    assert.strictEqual(propose(stage, "A", "x"), "Appended")
  })

  it("B9: an order to campaign that comes late unseats its leader, and no read of that leader is stale", () => {
    const stage = new Stage({ voters: "ABC", options: { ...figure2, checkQuorum: true } })
    stage.elect("A")
    transfer(stage, "A", "B")
    const late = stage.hold("TimeoutNowRequest", "A", "B")
    for (let waited = 0; waited < 700; waited += 100) {
      stage.wait("A", 100)
      stage.messages = stage.messages.filter(({ _tag }) => _tag !== "TimeoutNowRequest")
      stage.exchange()
    }
    assert.strictEqual(propose(stage, "A", "x"), "Appended")
    stage.exchange()

    // The order has been on its way for longer than an election timeout, and is still good in its term.
    stage.deliver(late)
    stage.exchange("BC")
    assert.strictEqual(stage.leaders, "A1 B2")
    propose(stage, "B", "y")
    stage.exchange("BC")
    assert.strictEqual(stage.applied("C"), "x y")

    const number = read(stage, "A")
    stage.exchange("A")
    assert.isUndefined(readAnswer(stage, "A", number))
    stage.wait("A", 700)
    assert.strictEqual(readAnswer(stage, "A", number), "NotLeader")
  })

  it("B10: a transfer that times out leaves no flag behind: the leader takes commands again", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    const number = transfer(stage, "A", "B")
    stage.lose()
    assert.strictEqual(propose(stage, "A", "x"), "Overloaded")
    stage.wait("A", 600)
    assert.strictEqual(transferAnswer(stage, "A", number), "TimedOut")
    stage.lose()
    assert.strictEqual(propose(stage, "A", "x"), "Appended")
    stage.exchange()
    assert.strictEqual(stage.applied("B"), "x")
  })

  it("B10: a leader that lost its role in the middle of a transfer takes commands when it is elected again", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    const number = transfer(stage, "A", "B")
    stage.lose()
    stage.elect("C")
    assert.strictEqual(transferAnswer(stage, "A", number), "SteppedDown")
    stage.elect("A")
    assert.strictEqual(propose(stage, "A", "x"), "Appended")
    stage.exchange()
    assert.strictEqual(stage.applied("C"), "x")
    assert.strictEqual(stage.leaders, "A3")
  })

  it("B11: what a deposed leader wrote and nobody else has leaves its log and its disk", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    propose(stage, "A", "x", "y")
    stage.exchange("A")
    stage.elect("B", "BC")
    propose(stage, "B", "z")
    stage.exchange("BC")
    assert.strictEqual(stage.stored("A"), "1x 1y")

    stage.wait("B", 100)
    stage.exchange()
    assert.strictEqual(stage.log("A"), "2z")
    stage.crash("A")
    stage.restart("A")
    assert.strictEqual(stage.log("A"), "2z")
  })
})
