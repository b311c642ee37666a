/**
 * Commitment: bugs that call committed what can still be lost.
 */
import { Configuration, logIndex, type LogIndex, Quorum, serverId } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { SeededRandom } from "../../src/index.ts"
import { progressOf, propose } from "./support/clients.ts"
import { Stage } from "./support/Stage.ts"

describe("what a leader may call committed", () => {
  it("B12: Figure 8: an entry of an older term is not committed by counting, and may go", () => {
    const stage = new Stage({ voters: "ABCDE" })
    // (a) A leads and gets its entry to B alone.
    stage.elect("A")
    propose(stage, "A", "a")
    stage.exchange("AB")
    stage.crash("A")
    // (b) E leads by the votes of C and D, with an entry that nobody else has.
    stage.elect("E", "CDE")
    propose(stage, "E", "e")
    stage.crash("E")
    stage.lose()
    // (c) A leads again and brings its old entry to C: a majority has it.
    stage.restart("A")
    stage.campaign("A", "ABCD")
    stage.elect("A", "ABC")
    assert.deepStrictEqual(
      ["A", "B", "C"].map((id) => stage.log(id)),
      ["1a", "1a", "1a"]
    )
    assert.strictEqual(stage.server("A").commitIndex, 0)
    // (d) E comes back, wins by its later term, and overwrites it everywhere.
    stage.crash("A")
    stage.restart("E")
    stage.campaign("E", "BCDE")
    stage.elect("E", "BCDE")
    propose(stage, "E", "f")
    stage.exchange("BCDE")
    assert.strictEqual(stage.log("B"), "2e 4f")
    assert.strictEqual(stage.applied("B"), "e f")
  })

  it("B12: (e) with an entry of its own term on a majority, the older one is committed with it", () => {
    const stage = new Stage({ voters: "ABCDE" })
    stage.elect("A")
    propose(stage, "A", "a")
    stage.exchange("AB")
    stage.elect("B")
    assert.strictEqual(stage.server("B").commitIndex, 0)
    propose(stage, "B", "b")
    stage.exchange("ABC")
    assert.strictEqual(stage.server("B").commitIndex, 2)
    stage.campaign("E", "CDE")
    stage.campaign("E", "CDE")
    assert.strictEqual(stage.leaders, "B2")
  })

  // Goal: no shortcut in counting ever commits what less than a quorum stores.
  // Method: answers in any order, each index against a sorted list.
  it("B13: whatever the order of its followers' answers, a leader commits what a sorted list says", () => {
    const random = new SeededRandom(13)
    for (let run = 0; run < 50; run++) {
      const stage = new Stage({ voters: "ABCDE" })
      stage.elect("A")
      for (const text of "uvwxyz") propose(stage, "A", text)
      for (let answer = 0; answer < 20; answer++) {
        const peer = "BCDE"[random.below(4)]!
        const [first] = [
          ...stage.sent("AppendEntriesRequest", "A", peer),
          ...stage.sent("AppendEntriesAccepted", peer, "A")
        ]
        if (first !== undefined) stage.deliver(first)
        const stored = Array.from("BCDE", (id) => progressOf(stage, "A", id).matchIndex)
        assert.strictEqual(stage.server("A").commitIndex, thirdOf([...stored, logIndex(6)]))
      }
    }
  })

  it("B13: a joint configuration commits what a sorted list of each half says", () => {
    const random = new SeededRandom(131)
    for (let run = 0; run < 2_000; run++) {
      const [before, after] = [drawn(random), drawn(random)]
      const matches = new Map(Array.from("ABCDEFG", (id) => [id, logIndex(random.below(6))]))
      const matchOf = (id: string) => matches.get(id)!
      const configuration = {
        members: [...voters(after), Configuration.learner(serverId("Z"))],
        outgoing: { members: voters(before), autoLeave: true }
      }
      assert.strictEqual(
        Quorum.committedIndex(configuration, (id) => (id === "Z" ? logIndex(9) : matchOf(id))),
        Math.min(naive(before, matchOf), naive(after, matchOf))
      )
    }
  })
})

const voters = (ids: string) => Array.from(ids, (id) => Configuration.voter(serverId(id)))

/** What more than half of these have reached. */
const naive = (ids: string, matchOf: (id: string) => LogIndex): LogIndex =>
  Array.from(ids, matchOf).toSorted((left, right) => right - left)[Math.floor(ids.length / 2)]!

/** The third largest of five: what three of them have reached. */
const thirdOf = (stored: ReadonlyArray<LogIndex>): LogIndex =>
  stored.toSorted((left, right) => right - left)[2]!

/** One to seven letters. */
const drawn = (random: SeededRandom): string => {
  const letters = Array.from("ABCDEFG").filter(() => random.chance(500))
  return letters.length === 0 ? "A" : letters.join("")
}

describe("what an acknowledgement says", () => {
  it("B25: what was acknowledged survives a power loss of every server at once", () => {
    const stage = new Stage({ voters: "ABC" })
    stage.elect("A")
    for (const id of "ABC") stage.slowDisk(id)
    propose(stage, "A", "x")
    stage.exchange()
    stage.sync("B")
    stage.exchange()
    // B's disk has it, A's has not: one of three is no quorum.
    assert.strictEqual(stage.server("A").commitIndex, 0)
    stage.sync("A")
    stage.exchange()
    assert.strictEqual(stage.applied("A"), "x")

    for (const id of "ABC") stage.crash(id)
    for (const id of "ABC") stage.restart(id)
    for (const id of "ABC") stage.seat(id).disk.isSlow = false
    assert.deepStrictEqual(
      ["A", "B", "C"].map((id) => stage.log(id)),
      ["1x", "1x", ""]
    )
    stage.campaign("C")
    assert.strictEqual(stage.leaders, "")
    stage.elect("B", "BC")
    propose(stage, "B", "y")
    stage.exchange("BC")
    assert.strictEqual(stage.applied("C"), "x y")
  })
})
