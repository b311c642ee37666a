/**
 * Logs: bugs that lose, repeat or reorder entries on their way from a leader to a disk.
 */
import { InvariantViolation } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { progressOf, propose } from "./support/clients.ts"
import { append, heartbeat, requestVote } from "./support/letters.ts"
import { command, textOf } from "./support/notation.ts"
import { figure2, Stage } from "./support/Stage.ts"

describe("what a follower keeps", () => {
  it("B14: a late copy of an append takes nothing back that came after it", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    propose(stage, "A", "x")
    const copy = stage.hold("AppendEntriesRequest", "A", "B")
    stage.deliver(copy)
    stage.exchange()
    propose(stage, "A", "y", "z")
    stage.exchange()

    stage.deliver(copy, append({ from: "A", to: "B", term: 1, prev: [1, 1] }), copy)
    assert.strictEqual(stage.log("B"), "1x 1y 1z")
    assert.strictEqual(stage.stored("B"), "1x 1y 1z")
  })

  it("B14: a crash finds either the old entries or the new ones, never the gap between them", () => {
    const survivors = [0, 1, 2].map((survived) => {
      const stage = new Stage({ voters: "ABC" })
      stage.deliver(
        append({ from: "A", to: "B", term: 1, entries: [command(1, 1, "p"), command(2, 1, "q")] })
      )
      stage.slowDisk("B")
      const entries = [command(1, 2, "r"), command(2, 2, "s")]
      stage.deliver(append({ from: "C", to: "B", term: 2, entries }))
      assert.deepStrictEqual(stage.sent("AppendEntriesAccepted", "B", "C"), [])
      stage.sync("B", survived)
      stage.crash("B")
      stage.restart("B")
      return stage.log("B")
    })
    assert.deepStrictEqual(survivors, ["1p 1q", "2r 2s", "2r 2s"])
  })

  it("B17: an append from below a snapshot is no conflict, and appends nothing twice", () => {
    const stage = new Stage({
      voters: "ABC",
      options: { ...figure2, snapshotEntriesMax: 5, trailingEntries: 0 }
    })
    const entries = Array.from("abcdefg", (text, position) => command(position + 1, 1, text))
    const first = { from: "A", to: "B", term: 1, leaderCommit: 5 }
    stage.deliver(append({ ...first, entries: entries.slice(0, 5) }))
    assert.strictEqual(stage.log("B"), "[5@1]")

    stage.lose()
    stage.deliver(append({ ...first, prev: [3, 1], entries: entries.slice(3) }))
    assert.strictEqual(stage.hold("AppendEntriesAccepted", "B", "A").matchIndex, 7)
    stage.deliver(append({ ...first, entries }), append({ ...first, entries }))
    assert.strictEqual(stage.log("B"), "[5@1] 1f 1g")
    assert.strictEqual(stage.stored("B"), "[5@1] 1f 1g")
  })

  it("B20: a commit index never falls, however late the messages that tell of it", () => {
    const stage = new Stage({ voters: "ABC" })
    const entries = [command(1, 1, "x"), command(2, 1, "y")]
    stage.deliver(append({ from: "A", to: "B", term: 1, entries, leaderCommit: 2 }))
    stage.deliver(
      heartbeat({ from: "A", to: "B", term: 1, leaderCommit: 1 }),
      append({ from: "A", to: "B", term: 1, entries, leaderCommit: 0 }),
      append({ from: "A", to: "B", term: 1, entries: entries.slice(0, 1), leaderCommit: 1 })
    )
    assert.strictEqual(stage.server("B").commitIndex, 2)
  })

  it("B20: a server would rather stop than roll back what is committed", () => {
    const stage = new Stage({ voters: "ABC" })
    const entries = [command(1, 1, "x"), command(2, 1, "y")]
    stage.deliver(append({ from: "A", to: "B", term: 1, entries, leaderCommit: 2 }))
    const impostor = append({ from: "C", to: "B", term: 2, prev: [1, 1], entries: [command(2, 2, "z")] })
    assert.throws(() => stage.deliver(impostor), InvariantViolation, "StateMachineSafety")
    assert.strictEqual(stage.log("B"), "1x 1y")
    assert.strictEqual(stage.stored("B"), "1x 1y")
  })
})

describe("what a leader sends", () => {
  it("B15: where a batch is full the next one begins: no append has a gap, before it or in it", () => {
    const stage = new Stage({ voters: "AB", options: { ...figure2, appendBytesMax: 80 } })
    stage.elect("A")
    propose(stage, "A", "a")
    stage.exchange()
    propose(stage, "A", "b", "c", "d", "e", "f")
    const appends = stage.sent("AppendEntriesRequest", "A", "B").map(({ entries, prevLogIndex }) => ({
      prevLogIndex: Number(prevLogIndex),
      entries: entries.map(({ index, payload }) => `${index}${textOf(payload)}`).join(" ")
    }))
    assert.deepStrictEqual(appends, [
      { prevLogIndex: 1, entries: "2b 3c" },
      { prevLogIndex: 3, entries: "4d 5e" },
      { prevLogIndex: 5, entries: "6f" }
    ])
    stage.exchange()
    assert.strictEqual(stage.log("B"), "1a 1b 1c 1d 1e 1f")
  })

  it("B15: a failed read of the leader's log is not the end of the log: it is read again", () => {
    const stage = new Stage({ voters: "ABC", options: { ...figure2, memoryEntriesMax: 4 } })
    stage.elect("A", "AC")
    for (const text of "abcdefgh") {
      propose(stage, "A", text)
      stage.exchange("AC")
    }
    assert.strictEqual(stage.log("A"), "1e 1f 1g 1h")

    // B lacks what only A's disk holds, and A's disk cannot be read.
    stage.seat("A").failsReads = true
    stage.pass(500)
    assert.strictEqual(stage.log("B"), "")
    assert.strictEqual(progressOf(stage, "A", "B").nextIndex, 1)
    stage.seat("A").failsReads = false
    stage.pass(200)
    assert.strictEqual(stage.stored("B"), "1a 1b 1c 1d 1e 1f 1g 1h")
    assert.strictEqual(stage.applied("B"), "a b c d e f g h")
  })

  it("B18: a refusal that comes after the success leaves nextIndex above matchIndex", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A", "AC")
    propose(stage, "A", "x", "y", "z")
    stage.exchange("AC")
    // C begins where its own log ends, and B has none of it.
    stage.elect("C", "AC")
    stage.wait("C", 100)
    stage.deliver(stage.hold("AppendEntriesRequest", "C", "B"))
    const refusal = stage.hold("AppendEntriesRefused", "B", "C")
    stage.deliver(refusal)
    stage.exchange()

    const place = () => {
      const { matchIndex, mode, nextIndex } = progressOf(stage, "C", "B")
      return `${mode} match ${matchIndex} next ${nextIndex}`
    }
    assert.strictEqual(place(), "Replicate match 3 next 4")
    stage.deliver(refusal, refusal)
    assert.strictEqual(place(), "Replicate match 3 next 4")
    assert.deepStrictEqual(stage.sent("AppendEntriesRequest", "C", "B"), [])
  })

  it("B19: a leader that hears of a newer term appends nothing in it, not even in the same turn", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    propose(stage, "A", "x")
    stage.exchange()

    const at = stage.seat("A").clock
    const message = requestVote({ from: "C", to: "A", term: 2 })
    stage.tell("A", { _tag: "MessageReceived", at, message })
    assert.strictEqual(propose(stage, "A", "y"), "NotLeader")
    assert.strictEqual(stage.log("A"), "1x")
    assert.deepStrictEqual(
      stage.messages.map(({ _tag, term }) => `${_tag} ${term}`),
      ["RequestVoteResponse 2"]
    )
  })
})

describe("what is durable", () => {
  it("B16: an entry that was overwritten and written again is durable with its second write, not its first", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.slowDisk("B")
    const x = command(1, 1, "x")
    stage.deliver(append({ from: "A", to: "B", term: 1, entries: [x] }))
    stage.deliver(append({ from: "C", to: "B", term: 2, entries: [command(1, 2, "y")] }))
    // The third leader never heard of y, and x is committed when it says so.
    stage.deliver(append({ from: "A", to: "B", term: 3, entries: [x], leaderCommit: 1 }))

    const seen = [1, 2, 3].map(() => {
      stage.sync("B", 1)
      const promised = stage.sent("AppendEntriesAccepted", "B", "A").map(({ term }) => Number(term))
      return { stored: stage.stored("B"), applied: stage.applied("B"), promised }
    })
    assert.deepStrictEqual(seen, [
      { stored: "1x", applied: "", promised: [1] },
      { stored: "2y", applied: "", promised: [1] },
      { stored: "1x", applied: "x", promised: [1, 3] }
    ])
  })
})
