/**
 * Linearizable reads: bugs that answer with what was true before.
 */
import { assert, describe, it } from "@effect/vitest"
import { propose, read, readAnswer } from "./support/clients.ts"
import { Stage } from "./support/Stage.ts"

/** A leads ABC and has committed x; B stores it and does not know that it is committed. */
const committedByA = (): Stage => {
  const stage = new Stage({ voters: "ABC" })
  stage.elect("A")
  propose(stage, "A", "x")
  stage.deliver(stage.hold("AppendEntriesRequest", "A", "B"))
  stage.deliver(stage.hold("AppendEntriesAccepted", "B", "A"))
  stage.lose()
  assert.strictEqual(stage.applied("A"), "x")
  return stage
}

describe("who may answer a read", () => {
  it("B21: a new leader answers no read before an entry of its own term has committed what it inherited", () => {
    const stage = committedByA()
    stage.elect("B", "BC")
    assert.strictEqual(stage.server("B").commitIndex, 0)
    const number = read(stage, "B")

    // C hears the leader and confirms it, and its disk has nothing of the new term yet.
    stage.slowDisk("C")
    stage.wait("B", 100)
    stage.exchange("BC")
    assert.isUndefined(readAnswer(stage, "B", number))
    stage.sync("C")
    stage.exchange("BC")
    assert.strictEqual(readAnswer(stage, "B", number), 2)
    assert.strictEqual(stage.applied("B"), "x")
  })

  it("B22: an answer to an earlier heartbeat, however late, confirms no later read", () => {
    const stage = committedByA()
    stage.wait("A", 100)
    stage.deliver(stage.hold("HeartbeatRequest", "A", "B"))
    stage.deliver(stage.hold("HeartbeatRequest", "A", "C"))
    const late = [stage.hold("HeartbeatResponse", "B", "A"), stage.hold("HeartbeatResponse", "C", "A")]

    // A stands still while another leader is elected and commits.
    stage.elect("B", "BC")
    propose(stage, "B", "y")
    stage.exchange("BC")
    assert.strictEqual(stage.applied("C"), "x y")
    const number = read(stage, "A")
    stage.deliver(...late)
    assert.isUndefined(readAnswer(stage, "A", number))
    stage.exchange()
    assert.strictEqual(readAnswer(stage, "A", number), "NotLeader")
  })

  it("B22: a read asked for again, under a number that was used before, waits for its own answer", () => {
    const stage = committedByA()
    stage.wait("A", 100)
    stage.exchange()
    const first = read(stage, "C")
    stage.deliver(stage.hold("ReadIndexRequest", "C", "A"))
    stage.deliver(stage.hold("HeartbeatRequest", "A", "B"))
    stage.deliver(stage.hold("HeartbeatResponse", "B", "A"))
    const late = stage.hold("ReadIndexResponse", "A", "C")
    assert.isUndefined(readAnswer(stage, "C", first))

    // C begins a new life, and its numbers begin anew; meanwhile y is committed.
    stage.crash("C")
    stage.restart("C")
    propose(stage, "A", "y")
    stage.exchange("AB")
    stage.wait("A", 100)
    stage.deliver(stage.hold("HeartbeatRequest", "A", "C"))
    const second = read(stage, "C")
    assert.strictEqual(stage.sent("ReadIndexRequest", "C", "A").at(-1)?.sequence, late.sequence)
    stage.deliver(late)
    assert.isUndefined(readAnswer(stage, "C", second))
    stage.exchange()
    assert.strictEqual(readAnswer(stage, "C", second), 2)
    assert.strictEqual(stage.applied("C"), "x y")
  })

  it("B24: leadership is confirmed after a read was asked for, not before: the second of two reads waits", () => {
    const stage = committedByA()
    const early = read(stage, "A")
    stage.deliver(stage.hold("HeartbeatRequest", "A", "B"))
    const confirmation = stage.hold("HeartbeatResponse", "B", "A")
    stage.elect("B", "BC")
    propose(stage, "B", "y")
    stage.exchange("BC")

    // The second read is asked for when y is acknowledged. What confirms the first says nothing about it.
    const late = read(stage, "A")
    stage.deliver(confirmation)
    assert.strictEqual(readAnswer(stage, "A", early), 1)
    assert.isUndefined(readAnswer(stage, "A", late))
    stage.wait("A", 5_000)
    assert.strictEqual(readAnswer(stage, "A", late), "TimedOut")
  })

  it("B26: after a restart no read is answered before the state machine has caught up with the log", () => {
    const stage = committedByA()
    stage.wait("A", 100)
    stage.exchange()
    for (const id of "ABC") stage.crash(id)
    for (const id of "ABC") stage.restart(id)
    stage.slowMachine("A")
    stage.elect("A")
    const number = read(stage, "A")
    stage.exchange()
    assert.strictEqual(stage.server("A").commitIndex, 2)
    assert.strictEqual(stage.applied("A"), "")
    assert.isUndefined(readAnswer(stage, "A", number))
    stage.work("A")
    assert.strictEqual(stage.applied("A"), "x")
    assert.strictEqual(readAnswer(stage, "A", number), 2)
  })
})
