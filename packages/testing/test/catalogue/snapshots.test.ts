/**
 * Snapshots: bugs that lose the log, or leave it beside what a snapshot says, or a follower without either.
 */
import { assert, describe, it } from "@effect/vitest"
import { progressOf, propose } from "./support/clients.ts"
import { append, snapshot } from "./support/letters.ts"
import { command } from "./support/notation.ts"
import { figure2, Stage } from "./support/Stage.ts"

const forgetful = { ...figure2, snapshotEntriesMax: 4, trailingEntries: 0 }

/** B has five entries of term 1, the first two committed; C leads term 2, whose snapshot through 3 contradicts the rest. */
const overtaken = (): Stage => {
  const stage = new Stage({ voters: "ABC" })
  const entries = Array.from("xypqr", (text, position) => command(position + 1, 1, text))
  stage.deliver(append({ from: "A", to: "B", term: 1, entries, leaderCommit: 2 }))
  stage.lose()
  return stage
}
const ofC = snapshot({ from: "C", to: "B", term: 2, last: [3, 2], voters: "ABC", machine: "x y z" })

describe("a snapshot takes the place of a log", () => {
  it("B37: entries that contradict it go with it, in the same durable step", () => {
    const survivors = [0, 1].map((survived) => {
      const stage = overtaken()
      stage.slowDisk("B")
      stage.deliver(ofC)
      assert.strictEqual(stage.log("B"), "[3@2]")
      assert.deepStrictEqual(stage.sent("InstallSnapshotResponse", "B", "C"), [])
      stage.sync("B", survived)
      stage.crash("B")
      stage.restart("B")
      return { log: stage.log("B"), applied: stage.applied("B") }
    })
    assert.deepStrictEqual(survivors, [
      { log: "1x 1y 1p 1q 1r", applied: "" },
      { log: "[3@2]", applied: "x y z" }
    ])
  })

  it("B37: what is being applied when it comes is applied first, and what comes later on top of it", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.slowMachine("B")
    const entries = Array.from("xypqr", (text, position) => command(position + 1, 1, text))
    stage.deliver(append({ from: "A", to: "B", term: 1, entries, leaderCommit: 2 }))
    const orders = () => stage.seat("B").orders.map(({ _tag }) => _tag)
    assert.deepStrictEqual(orders(), ["ApplyEntries"])
    stage.deliver(ofC)
    stage.deliver(
      append({ from: "C", to: "B", term: 2, prev: [3, 2], entries: [command(4, 2, "w")], leaderCommit: 4 })
    )
    assert.deepStrictEqual(orders(), ["ApplyEntries"])
    stage.work("B")
    assert.strictEqual(stage.applied("B"), "x y z w")
  })

  it("B39: a server's own snapshot, finished after its leader's overtook it, changes nothing", () => {
    const stage = new Stage({ voters: "ABC", options: forgetful })
    stage.seat("B").isSavingSlow = true
    const entries = Array.from("abcd", (text, position) => command(position + 1, 1, text))
    stage.deliver(append({ from: "A", to: "B", term: 1, entries, leaderCommit: 4 }))
    assert.strictEqual(stage.server("B").snapshots.taking, "Saving")
    stage.deliver(
      snapshot({ from: "C", to: "B", term: 2, last: [9, 2], voters: "ABC", machine: "a b c d e f g h i" })
    )
    stage.deliver(append({ from: "C", to: "B", term: 2, prev: [9, 2], entries: [command(10, 2, "j")] }))

    stage.save("B")
    assert.strictEqual(stage.server("B").snapshots.latest?.lastIncludedIndex, 9)
    assert.strictEqual(stage.log("B"), "[9@2] 2j")
    stage.crash("B")
    stage.restart("B")
    assert.strictEqual(stage.log("B"), "[9@2] 2j")
    assert.strictEqual(stage.applied("B"), "a b c d e f g h i")
  })
})

/** A and C have forgotten what B needs, and A has begun to send its snapshot, in pieces of two bytes. */
const sending = (): Stage => {
  const stage = new Stage({
    voters: "ABC",
    options: { ...forgetful, chunkBytesMax: 2, inflightChunksMax: 2 }
  })
  stage.elect("A", "AC")
  propose(stage, "A", "a", "b", "c", "d")
  stage.exchange("AC")
  stage.wait("A", 100)
  stage.deliver(stage.hold("HeartbeatRequest", "A", "B"))
  stage.wait("A", 100)
  assert.strictEqual(stage.log("A"), "[4@1]")
  assert.strictEqual(progressOf(stage, "A", "B").mode, "Snapshot")
  return stage
}

describe("a follower that is sent a snapshot", () => {
  it("B38: is sent all of it again after it crashed in the middle", () => {
    const stage = sending()
    stage.deliver(...stage.sent("InstallSnapshotRequest", "A", "B"))
    stage.deliver(...stage.sent("InstallSnapshotResponse", "B", "A"))
    stage.deliver(...stage.sent("InstallSnapshotRequest", "A", "B"))
    assert.strictEqual(stage.server("B").snapshots.incoming?.received, 4)
    stage.crash("B")
    stage.lose()
    stage.restart("B")
    propose(stage, "A", "e")
    stage.pass(500)
    assert.strictEqual(stage.log("B"), "[4@1] 1e")
    assert.strictEqual(stage.applied("B"), "a b c d e")
    assert.strictEqual(progressOf(stage, "A", "B").mode, "Replicate")
  })

  it("B38: is asked again when every piece was lost and nobody said so", () => {
    const stage = sending()
    stage.deliver(...stage.sent("InstallSnapshotRequest", "A", "B"))
    stage.deliver(...stage.sent("InstallSnapshotResponse", "B", "A"))
    assert.isNotEmpty(stage.sent("InstallSnapshotRequest", "A", "B"))
    stage.lose()
    stage.pass(500)
    assert.strictEqual(stage.log("B"), "[4@1]")
    assert.strictEqual(stage.applied("B"), "a b c d")
  })

  it("B38: and turns out to have the log is sent what follows, and no more of the snapshot", () => {
    const stage = new Stage({ voters: "ABC", options: { ...forgetful, chunkBytesMax: 2 } })
    stage.elect("A", "AC")
    propose(stage, "A", "a", "b", "c", "d")
    stage.deliver(stage.hold("AppendEntriesRequest", "A", "B"))
    const late = stage.hold("AppendEntriesAccepted", "B", "A")
    stage.exchange("AC")
    stage.wait("A", 100)
    assert.strictEqual(progressOf(stage, "A", "B").mode, "Snapshot")

    stage.lose()
    stage.deliver(late)
    assert.strictEqual(progressOf(stage, "A", "B").mode, "Replicate")
    propose(stage, "A", "e")
    assert.deepStrictEqual(stage.sent("InstallSnapshotRequest", "A", "B"), [])
    stage.exchange()
    assert.strictEqual(stage.applied("B"), "a b c d e")
  })
})

describe("a state machine that outlives its server", () => {
  it("B43: is given each entry once, whatever the restarts", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    propose(stage, "A", "x", "y")
    stage.exchange()
    stage.crash("A")
    stage.restart("A", { hasDurableMachine: true })
    stage.elect("A")
    propose(stage, "A", "z")
    stage.exchange()
    assert.strictEqual(stage.applied("A"), "x y z")
  })
})
