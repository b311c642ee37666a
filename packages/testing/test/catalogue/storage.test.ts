/**
 * Storage and restarts: bugs that lose data at a failover, or a whole cluster to one disk.
 */
import { assert, describe, it } from "@effect/vitest"
import { serverId } from "@effect-raft/core"
import { change, propose, read, readAnswer, simple } from "./support/clients.ts"
import { command } from "./support/notation.ts"
import { figure2, Stage } from "./support/Stage.ts"

/** x is committed by A and B alone, and B lost its disk. */
const wiped = (): Stage => {
  const stage = new Stage({ voters: "ABC" })
  stage.elect("A")
  propose(stage, "A", "x")
  stage.exchange("AB")
  assert.strictEqual(stage.applied("A"), "x")
  stage.wipe("B")
  stage.restart("B")
  return stage
}

describe("what a failover finds", () => {
  it("B47: the new leader holds, and reads, everything that was acknowledged", () => {
    const stage = new Stage({ voters: "ABC", options: {} })
    stage.elect("A")
    propose(stage, "A", "x", "y")
    stage.exchange()
    assert.strictEqual(stage.applied("B"), "x y")
    stage.crash("A")
    stage.elect("B", "BC")
    const number = read(stage, "B")
    stage.exchange("BC")
    assert.strictEqual(readAnswer(stage, "B", number), 4)
    assert.strictEqual(stage.applied("B"), "x y")
  })

  it("B47: after all have crashed, a read finds what was there, though nobody has proposed anything since", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    propose(stage, "A", "x", "y")
    stage.exchange()
    for (const id of "ABC") stage.crash(id)
    for (const id of "ABC") stage.restart(id)
    assert.strictEqual(stage.applied("C"), "")
    stage.elect("C")
    const number = read(stage, "C")
    stage.exchange()
    assert.strictEqual(readAnswer(stage, "C", number), 3)
    assert.strictEqual(stage.applied("C"), "x y")
    assert.strictEqual(stage.applied("A"), "x y")
  })

  it("B36: a server that lost its disk campaigns for nothing, and waits to be added anew", () => {
    const stage = wiped()
    stage.lose()
    for (let waited = 0; waited < 5_000; waited += 500) stage.wait("B", 500)
    assert.strictEqual(stage.server("B").role._tag, "Follower")
    assert.deepStrictEqual(stage.messages, [])
  })

  it("B36: a server that lost its disk votes for nobody who may lack what it had acknowledged", () => {
    const stage = wiped()
    stage.crash("A")
    for (let attempt = 0; attempt < 3; attempt++) stage.campaign("C", "BC")
    assert.strictEqual(stage.leaders, "")
    // The one that has x brings it back.
    stage.restart("A")
    stage.campaign("A", "AC")
    stage.elect("A", "AC")
    propose(stage, "A", "y")
    stage.exchange("AC")
    assert.strictEqual(stage.applied("C"), "x y")
  })
})

describe("a configuration that names the storage of its members", () => {
  it("B36: a server with another storage votes for nobody, whatever part of the log it was given again", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    propose(stage, "A", "x")
    stage.exchange()
    const pin = simple({ _tag: "Update", id: serverId("B"), storageId: "B1" })
    assert.strictEqual(change(stage, "A", pin)._tag, "Appended")
    stage.exchange()
    propose(stage, "A", "y")
    stage.exchange("AB")
    assert.strictEqual(stage.applied("A"), "x y")

    // B comes back with an empty disk. A, elected once more, gets as far as the configuration.
    stage.wipe("B")
    stage.restart("B")
    stage.crash("A")
    stage.restart("A")
    stage.timeout("A")
    stage.deliver(stage.hold("RequestVoteRequest", "A", "C"))
    stage.deliver(stage.hold("RequestVoteResponse", "C", "A"))
    stage.lose()
    stage.wait("A", 100)
    stage.deliver(stage.hold("AppendEntriesRequest", "A", "B"))
    stage.deliver(stage.hold("AppendEntriesRefused", "B", "A"))
    const whole = stage.hold("AppendEntriesRequest", "A", "B")
    stage.deliver({ ...whole, entries: whole.entries.slice(0, 2) })
    assert.strictEqual(stage.log("B"), "1x 1{ABC}")
    stage.crash("A")
    for (let attempt = 0; attempt < 3; attempt++) stage.campaign("C", "BC")
    for (let attempt = 0; attempt < 3; attempt++) stage.campaign("B", "BC")
    assert.strictEqual(stage.leaders, "")
  })
})

describe("storage that does not answer", () => {
  it("B48: a leader whose disk hangs makes room for one whose disk works, and does not come back", () => {
    const stage = new Stage({ voters: "ABC", options: {} })
    stage.elect("A")
    propose(stage, "A", "x")
    stage.exchange()
    stage.slowDisk("A")
    propose(stage, "A", "y")
    // Its heartbeats go on, and would for ever.
    stage.pass(1_500)
    assert.strictEqual(stage.leaders, "A1")
    stage.pass(2_000)
    assert.strictEqual(stage.leaders, "C2")
    propose(stage, "C", "z")
    stage.exchange()
    assert.strictEqual(stage.applied("B"), "x y z")
    assert.strictEqual(stage.applied("C"), "x y z")

    // Without C, all hangs on A, which could win and then write nothing: it does not even try.
    stage.crash("C")
    stage.pass(5_000, "AB")
    assert.deepStrictEqual([stage.leaders, stage.server("A").role._tag], ["", "Follower"])
    stage.seat("A").disk.isSlow = false
    stage.sync("A")
    stage.pass(2_000, "AB")
    assert.strictEqual(stage.leaders, "B3")
    assert.strictEqual(stage.applied("A"), "x y z")
  })
})

describe("logs that are longer than memory", () => {
  it("B50: who campaigns with much to apply reads none of it for that, and later only as much as it asked for", () => {
    const stage = new Stage({
      voters: "ABC",
      options: { ...figure2, applyBytesMax: 1_000, memoryEntriesMax: 10 }
    })
    const entries = Array.from({ length: 500 }, (_, position) => command(position + 1, 1, `c${position + 1}`))
    for (const id of "AB") {
      const { disk } = stage.seat(id)
      stage.crash(id)
      const hardState = { ...disk.durable.hardState, currentTerm: entries[0]!.term }
      disk.durable = { ...disk.durable, hardState, entries }
      disk.tailEntriesMax = 1
      stage.restart(id)
    }
    stage.slowMachine("A")
    stage.timeout("A")
    assert.deepStrictEqual(
      stage.messages.map(({ _tag }) => _tag),
      ["RequestVoteRequest", "RequestVoteRequest"]
    )
    assert.deepStrictEqual(stage.seat("A").reads, [])
    stage.exchange("AB")
    propose(stage, "A", "last")
    stage.exchange("AB")
    assert.strictEqual(stage.server("A").commitIndex, 501)

    const batches: Array<number> = []
    while (stage.seat("A").orders.length > 0) {
      const [order] = stage.seat("A").orders
      batches.push(order?._tag === "ApplyEntries" ? order.entries.length : NaN)
      stage.work("A", 1)
    }
    assert.deepStrictEqual([batches.length, Math.max(...batches)], [20, 28])
    assert.isAtMost(Math.max(...stage.seat("A").reads), 28)
    assert.strictEqual(stage.seat("A").machine.through, 501)
  })
})
