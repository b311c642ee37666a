/**
 * Clocks: bugs that ask a clock which other servers do not share.
 */
import { logIndex, type ServerOptions } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { propose, proposeSession, readAnswer, readByLease, transfer } from "./support/clients.ts"
import { bytesOf } from "./support/notation.ts"
import { Stage } from "./support/Stage.ts"

const hour = 3_600_000

describe("whose clock ends a session", () => {
  const clientId = logIndex(1)
  const execute = (sequence: number, text: string) => ({
    _tag: "Execute" as const,
    clientId,
    sequence,
    firstUnacknowledged: 1,
    command: bytesOf(text)
  })

  it("B49: a session ends by the log's own time: clocks that jump end it nowhere, or everywhere at one entry", () => {
    const stage = new Stage({ voters: "ABC" })
    const limits = { sessionsMax: 10, answersMax: 10, silenceMillisMax: 1_000 }
    stage.elect("A")
    proposeSession(stage, "A", { _tag: "Register", limits })
    proposeSession(stage, "A", execute(1, "x"))
    stage.exchange()

    // C's clock runs away, and B's does before it is elected: for the log, no time has passed.
    stage.seat("C").clock += 5 * hour
    stage.seat("B").clock += hour
    stage.elect("B", "BC")
    proposeSession(stage, "B", execute(2, "y"))
    proposeSession(stage, "B", execute(2, "y"))
    stage.exchange("BC")
    stage.wait("B", 1_001)
    proposeSession(stage, "B", execute(3, "z"))
    stage.wait("B", 100)
    stage.exchange()

    // A applies all of it at once, hours later by its own clock.
    stage.crash("A")
    stage.seat("A").clock += 9 * hour
    stage.restart("A")
    stage.wait("B", 100)
    stage.exchange()
    const expected = {
      commands: ["x", "y"],
      outcomes: ["Registered", "Answered 1", "Answered 2", "Answered 2", "SessionExpired"]
    }
    for (const id of "ABC") {
      const { commands, outcomes } = stage.seat(id).machine
      assert.deepStrictEqual({ commands, outcomes }, expected, id)
    }
  })
})

/** By how much the clocks of these scenarios may differ. */
const leasing = { preVote: false, clockDriftBound: 0.1 }

/** A leads ABC, has committed x, and everybody knows. */
const leased = (options: Partial<ServerOptions> = leasing): Stage => {
  const stage = new Stage({ voters: "ABC", options })
  stage.elect("A")
  propose(stage, "A", "x")
  stage.exchange()
  return stage
}

/** A round of A's heartbeats reaches B, whose answer is on its way. */
const roundOf = (stage: Stage) => {
  stage.wait("A", 100)
  stage.deliver(stage.hold("HeartbeatRequest", "A", "B"))
  return stage.hold("HeartbeatResponse", "B", "A")
}

describe("by which clock a lease is held", () => {
  it("B23: a lease begins when the heartbeat was sent: an answer that took its time gives less, or nothing", () => {
    const stage = leased()
    const late = roundOf(stage)
    stage.lose()
    // 300 ms of B's clock may be 273 of A's. The answer took 260 of them.
    stage.seat("A").clock += 260
    stage.deliver(late)
    const within = readByLease(stage, "A")
    assert.strictEqual(readAnswer(stage, "A", within), 2)
    stage.seat("A").clock += 13
    const after = readByLease(stage, "A")
    assert.isUndefined(readAnswer(stage, "A", after))
  })

  it("B23: a leader that stood still has no lease when it wakes, and reads nothing that is old by then", () => {
    const stage = leased()
    const late = roundOf(stage)
    // A's process stands still, and no clock does. B and C wait as long as they promised, and go on without it.
    stage.lose()
    for (const { id } of stage.seats) stage.seat(id).clock += 300
    stage.elect("B", "BC")
    propose(stage, "B", "y")
    stage.exchange("BC")
    assert.strictEqual(stage.applied("C"), "x y")

    stage.deliver(late)
    const number = readByLease(stage, "A")
    assert.isUndefined(readAnswer(stage, "A", number))
    stage.exchange()
    assert.strictEqual(readAnswer(stage, "A", number), "NotLeader")
  })

  it("B23: a leader whose clock went back does not take the time that it lived twice for none", () => {
    const stage = leased()
    const late = roundOf(stage)
    stage.lose()
    stage.seat("A").clock -= 300
    stage.turn("A")
    // When A's clock is back where it was, nobody holds to A any more.
    for (const { id } of stage.seats) stage.seat(id).clock += 301
    stage.elect("B", "BC")
    propose(stage, "B", "y")
    stage.exchange("BC")
    stage.deliver(late)
    const number = readByLease(stage, "A")
    assert.isUndefined(readAnswer(stage, "A", number))
  })

  it("B23: without a bound on how clocks may differ there is no lease at all", () => {
    const stage = leased({ preVote: false })
    stage.deliver(roundOf(stage))
    assert.strictEqual(readAnswer(stage, "A", readByLease(stage, "A")), "NoClockDriftBound")
  })

  it("B9: once somebody was told to campaign no lease of that term is good, however late the order arrives", () => {
    const stage = leased()
    stage.deliver(roundOf(stage))
    assert.strictEqual(readAnswer(stage, "A", readByLease(stage, "A")), 2)
    transfer(stage, "A", "B")
    const order = stage.hold("TimeoutNowRequest", "A", "B")
    for (let waited = 0; waited < 700; waited += 100) {
      stage.wait("A", 100)
      stage.messages = stage.messages.filter(({ _tag }) => _tag !== "TimeoutNowRequest")
      stage.exchange()
    }
    assert.strictEqual(propose(stage, "A", "y"), "Appended")
    stage.exchange()

    // A has heard from both within the last milliseconds, and its clock is right.
    stage.deliver(order)
    stage.exchange("BC")
    assert.strictEqual(stage.leaders, "A1 B2")
    propose(stage, "B", "z")
    stage.exchange("BC")
    assert.strictEqual(stage.applied("C"), "x y z")
    const number = readByLease(stage, "A")
    assert.isUndefined(readAnswer(stage, "A", number))
  })
})
