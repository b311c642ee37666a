/**
 * Changes of the configuration: bugs that leave two majorities without a server in common, or a cluster stuck
 * between two configurations.
 */
import { logIndex } from "@effect-raft/core"
import { assert, describe, it } from "@effect/vitest"
import { addLearner, change, joint, promote, propose, remove, simple } from "./support/clients.ts"
import { append, configurationEntry, snapshot } from "./support/letters.ts"
import { command, showConfiguration } from "./support/notation.ts"
import { figure2, Stage } from "./support/Stage.ts"

const inForce = (stage: Stage, id: string): string => showConfiguration(stage.server(id).configuration)

/** A leads, and everybody has its first entry. */
const led = (voters: string, learners = ""): Stage => {
  const stage = new Stage({ voters, learners })
  stage.elect("A")
  propose(stage, "A", "x")
  stage.exchange()
  return stage
}

describe("when a configuration may change", () => {
  it("B27: two leaders in a row cannot decide by majorities that know nothing of each other", () => {
    const stage = led("ABCD", "E")
    // A's change reaches E alone. B leads next, by the votes of C and D.
    assert.strictEqual(change(stage, "A", simple(promote("E")))._tag, "Appended")
    stage.exchange("AE")
    stage.elect("B", "BCD")
    assert.deepStrictEqual(change(stage, "B", simple(remove("A"))), { _tag: "NoOwnEntryCommitted" })
    // With B and C a majority of BCD would be enough, if that were B's configuration by now.
    stage.exchange("BC")
    assert.deepStrictEqual(change(stage, "B", simple(remove("A"))), { _tag: "NoOwnEntryCommitted" })
    assert.strictEqual(inForce(stage, "B"), "{ABCD+E}")

    // A comes back with E, and D's vote makes three of ABCDE; nothing that anybody committed is lost.
    stage.wait("A", 100)
    stage.exchange("AD")
    stage.elect("A", "ADE")
    assert.strictEqual(stage.leaders, "A3 B2")
    assert.strictEqual(stage.server("B").commitIndex, 1)
  })

  it("B28: a configuration is in force from append on, however far applying lags", () => {
    const stage = led("ABC", "D")
    for (const id of "BC") stage.slowMachine(id)
    change(stage, "A", simple(promote("D")))
    stage.exchange("ABC")
    assert.strictEqual(stage.server("B").apply.lastApplied, 1)
    assert.strictEqual(inForce(stage, "B"), "{ABCD}")

    // Two of ABC are a majority no more.
    stage.campaign("B", "BC")
    assert.strictEqual(stage.leaders, "A1")
    stage.elect("B", "BCD")
  })

  it("B29: however many configurations are truncated at once, the last one below them counts again", () => {
    const stage = new Stage({ voters: "ABC" })
    const entries = [
      command(1, 1, "x"),
      configurationEntry(2, 1, "ABCD"),
      configurationEntry(3, 1, "ABCDE"),
      command(4, 1, "y")
    ]
    stage.deliver(append({ from: "A", to: "B", term: 1, entries }))
    assert.strictEqual(inForce(stage, "B"), "{ABCDE}")
    // How far they are committed is not durable: after a restart B has to take part in any roll back.
    stage.crash("B")
    stage.restart("B")
    assert.strictEqual(inForce(stage, "B"), "{ABCDE}")

    stage.deliver(append({ from: "C", to: "B", term: 2, prev: [2, 1], entries: [command(3, 2, "z")] }))
    assert.strictEqual(inForce(stage, "B"), "{ABCD}")
    const again = [configurationEntry(3, 3, "ABCDE")]
    stage.deliver(append({ from: "A", to: "B", term: 3, prev: [2, 1], entries: again }))
    assert.strictEqual(inForce(stage, "B"), "{ABCDE}")
    stage.deliver(append({ from: "C", to: "B", term: 4, prev: [1, 1], entries: [command(2, 4, "z")] }))
    assert.strictEqual(inForce(stage, "B"), "{ABC}")
    stage.crash("B")
    stage.restart("B")
    assert.strictEqual(inForce(stage, "B"), "{ABC}")
  })
})

/** A has appended the joint configuration from ABC to ADE; B alone got it, and leads after A crashed. */
const inherited = (): Stage => {
  const stage = led("ABC", "DE")
  change(stage, "A", joint(promote("D"), promote("E"), remove("B"), remove("C")))
  stage.exchange("AB")
  stage.crash("A")
  assert.strictEqual(stage.log("B"), "1x 1{ADE<ABC}")
  return stage
}

describe("joint configurations", () => {
  it("B30: a new leader goes by the joint configuration that it inherited, and leaves it only once committed", () => {
    const stage = inherited()
    // B and C are a majority of ABC and nothing of ADE; D and E are one of ADE, with B a minority of ABC.
    stage.campaign("B", "BC")
    stage.campaign("B", "BDE")
    assert.strictEqual(stage.leaders, "")
    stage.timeout("B")
    for (const id of "CDE") stage.deliver(stage.hold("RequestVoteRequest", "B", id))
    for (const id of "CDE") stage.deliver(stage.hold("RequestVoteResponse", id, "B"))
    assert.strictEqual(stage.leaders, "B4")
    stage.exchange("BC")
    stage.pass(300, "BC")
    assert.strictEqual(stage.log("B"), "1x 1{ADE<ABC} 4-")
    assert.strictEqual(stage.server("B").commitIndex, 1)

    stage.wait("B", 100)
    stage.exchange("BCDE")
    assert.strictEqual(stage.log("D"), "1x 1{ADE<ABC} 4- 4{ADE}")
    assert.strictEqual(inForce(stage, "E"), "{ADE}")
  })

  it("B31: a joint configuration whose leader died when it was committed is left by the next", () => {
    const stage = led("ABC", "DE")
    change(stage, "A", joint(promote("D"), promote("E"), remove("B"), remove("C")))
    for (const id of "BDE") stage.deliver(stage.hold("AppendEntriesRequest", "A", id))
    // A's own disk loses what it writes from here on: the end of the joint configuration.
    stage.slowDisk("A")
    for (const id of "BDE") stage.deliver(stage.hold("AppendEntriesAccepted", id, "A"))
    assert.strictEqual(stage.log("A"), "1x 1{ADE<ABC} 1{ADE}")
    assert.strictEqual(stage.server("A").commitIndex, 2)
    stage.crash("A")
    stage.lose()

    stage.elect("D", "BCDE")
    stage.pass(200, "BCDE")
    assert.strictEqual(inForce(stage, "D"), "{ADE}")
    assert.strictEqual(propose(stage, "D", "y"), "Appended")
    stage.exchange("DE")
    assert.strictEqual(stage.applied("E"), "x y")
  })
})

describe("clusters of two", () => {
  it("B32: the one that stays needs nobody's consent when the other is gone", () => {
    const stage = led("AB")
    stage.crash("B")
    change(stage, "A", simple(remove("B")))
    assert.strictEqual(stage.server("A").commitIndex, 2)
    propose(stage, "A", "y")
    assert.strictEqual(stage.applied("A"), "x y")
  })

  it("B32: a leader that removed itself hands over once that is committed, and is silent ever after", () => {
    const stage = led("AB")
    change(stage, "A", simple(remove("A")))
    stage.exchange()
    assert.strictEqual(stage.leaders, "B2")
    stage.lose()
    stage.wait("A", 5_000)
    assert.deepStrictEqual(stage.messages, [])
    assert.strictEqual(propose(stage, "B", "y"), "Appended")
    assert.strictEqual(stage.applied("B"), "x y")
  })
})

describe("links that work for some", () => {
  it("B33: a connected majority makes progress while the old leader still reaches one of it", () => {
    const stage = new Stage({ voters: "ABCDE", options: {} })
    stage.elect("A")
    stage.crash("E")
    // A hears B, and B hears everybody. Nothing heals.
    stage.cut("AC", "AD")
    stage.pass(3_000)
    assert.strictEqual(stage.leaders, "C2")
    propose(stage, "C", "x")
    stage.exchange()
    assert.deepStrictEqual(
      ["B", "C", "D"].map((id) => stage.applied(id)),
      ["x", "x", "x"]
    )
  })
})

describe("configurations and snapshots", () => {
  const forgetful = { ...figure2, snapshotEntriesMax: 4, trailingEntries: 0 }

  it("B34: of the configurations in a log that a snapshot replaces, none stays in force", () => {
    const stage = new Stage({ voters: "ABC" })
    const entries = [command(1, 1, "x"), configurationEntry(2, 1, "ABCD"), configurationEntry(3, 1, "ABCDE")]
    stage.deliver(append({ from: "A", to: "B", term: 1, entries }))
    stage.deliver(snapshot({ from: "C", to: "B", term: 2, last: [2, 2], voters: "ABF", machine: "x y" }))
    assert.strictEqual(inForce(stage, "B"), "{ABF}")
    // What comes next and goes again leaves the snapshot's in force.
    const next = [configurationEntry(3, 2, "ABFG")]
    stage.deliver(append({ from: "C", to: "B", term: 2, prev: [2, 2], entries: next }))
    assert.strictEqual(inForce(stage, "B"), "{ABFG}")
    stage.deliver(append({ from: "F", to: "B", term: 3, prev: [2, 2], entries: [command(3, 3, "z")] }))
    assert.strictEqual(inForce(stage, "B"), "{ABF}")
    stage.crash("B")
    stage.restart("B")
    assert.strictEqual(inForce(stage, "B"), "{ABF}")
  })

  it("B35: a configuration from a snapshot stands at the index that the log held it at, and is compared by it", () => {
    const stage = new Stage({ voters: "A", spares: "B", options: forgetful })
    stage.elect("A")
    propose(stage, "A", "x")
    change(stage, "A", simple(addLearner("B")))
    propose(stage, "A", "y")
    propose(stage, "A", "z")
    stage.crash("A")
    stage.restart("A")
    assert.strictEqual(stage.log("A"), "[4@1]")
    assert.strictEqual(inForce(stage, "A"), "{A+B}")

    stage.elect("A", "A")
    propose(stage, "A", "w")
    const rest = simple(remove("B"))
    assert.deepStrictEqual(change(stage, "A", rest, logIndex(4)), {
      _tag: "IndexMismatch",
      index: logIndex(2)
    })
    assert.strictEqual(change(stage, "A", rest, logIndex(2))._tag, "Appended")
  })

  it("B40: a snapshot holds the configuration at its index, and none that is not committed yet", () => {
    const stage = new Stage({ voters: "ABC", learners: "D", options: forgetful })
    stage.elect("A")
    stage.slowMachine("A")
    propose(stage, "A", "w", "x", "y", "z")
    stage.exchange()
    change(stage, "A", simple(promote("D")))
    stage.lose()
    stage.work("A")
    assert.strictEqual(stage.log("A"), "[4@1] 1{ABCD}")
    assert.strictEqual(inForce(stage, "A"), "{ABCD}")

    // The change was A's alone. The next leader overwrites it, and A's snapshot must not bring it back.
    stage.elect("B", "BC")
    propose(stage, "B", "v")
    stage.wait("B", 100)
    stage.exchange()
    assert.strictEqual(stage.log("A"), "[4@1] 2v")
    stage.crash("A")
    stage.restart("A")
    assert.strictEqual(inForce(stage, "A"), "{ABC+D}")
  })

  it("B41: a change survives the second compaction after it as well as the first", () => {
    const stage = new Stage({ voters: "A", spares: "B", options: forgetful })
    stage.elect("A")
    propose(stage, "A", "x")
    change(stage, "A", simple(addLearner("B")))
    for (const text of "abcdefgh") propose(stage, "A", text)
    assert.strictEqual(stage.log("A"), "[8@1] 1g 1h")
    assert.strictEqual(inForce(stage, "A"), "{A+B}")
    stage.crash("A")
    stage.restart("A")
    assert.strictEqual(inForce(stage, "A"), "{A+B}")
    stage.elect("A", "A")
    stage.pass(300)
    assert.strictEqual(inForce(stage, "B"), "{A+B}")
  })
})
