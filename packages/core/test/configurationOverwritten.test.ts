import { assert, describe, it } from "@effect/vitest"
import * as core from "../src/index.ts"

const id = (name: string) => core.serverId(name)

describe("§6 a configuration in a log that is overwritten", () => {
  it("§6 whoever truncates it goes by the one before, however many go", () => {
    const server = follower(term(1), [entry(1, 1, "s0 s1"), entry(2, 1, "s0"), entry(3, 1, "s0 s3")])
    assert.strictEqual(membersIn(server), "s0 s3")
    const [overwritten] = core.step(server, append({ from: "s1", term: 2, entries: [command(2, 2)] }))
    assert.strictEqual(membersIn(overwritten), "s0 s1")
    const [emptied] = core.step(server, append({ from: "s1", term: 2, entries: [command(1, 2)] }))
    assert.strictEqual(membersIn(emptied), "s0 s1 s2")
  })

  it("§6 one that replaces another in the same write is in force", () => {
    const server = follower(term(1), [entry(1, 1, "s0 s1"), entry(2, 1, "s0")])
    const [next] = core.step(server, append({ from: "s1", term: 2, entries: [entry(1, 2, "s1 s2 s0")] }))
    assert.strictEqual(membersIn(next), "s1 s2 s0")
  })
})

const term = core.term

const entry = (index: number, entryTerm: number, voters: string): core.Entry => ({
  index: core.logIndex(index),
  term: term(entryTerm),
  kind: "Configuration",
  time: 0,
  payload: core.encodeConfiguration(core.Configuration.ofVoters(voters.split(" ").map(id)))
})

const command = (index: number, entryTerm: number): core.Entry => ({
  index: core.logIndex(index),
  term: term(entryTerm),
  kind: "Command",
  time: 0,
  payload: new Uint8Array(1)
})

/** A server with this log, of which memory holds the last entry alone. */
const follower = (currentTerm: core.Term, entries: ReadonlyArray<core.Entry>): core.Server =>
  core.restart({
    id: id("s0"),
    group: core.groupId(0),
    incarnation: core.incarnation(1),
    options: core.defaultServerOptions,
    persistent: {
      hardState: { currentTerm, votedFor: undefined },
      snapshot: core.bootstrapSnapshot(core.Configuration.ofVoters(["s0", "s1", "s2"].map(id))),
      lastIndex: core.logIndex(entries.length),
      termRuns: [{ from: core.logIndex(1), term: term(1) }],
      configurations: entries,
      tail: entries.slice(-1)
    },
    lastApplied: core.logIndex(0),
    at: 0
  })

const membersIn = ({ configuration }: core.Server): string =>
  configuration.members.map((member) => member.id).join(" ")

const append = (from: {
  readonly from: string
  readonly term: number
  readonly entries: ReadonlyArray<core.Entry>
}): core.Event => ({
  _tag: "MessageReceived",
  at: 0,
  message: {
    _tag: "AppendEntriesRequest",
    group: core.groupId(0),
    from: id(from.from),
    incarnation: core.incarnation(1),
    to: id("s0"),
    term: term(from.term),
    sequence: core.sequence(1),
    prevLogIndex: core.logIndex(from.entries[0]!.index - 1),
    prevLogTerm: term(from.entries[0]!.index > 1 ? 1 : 0),
    entries: from.entries,
    leaderCommit: core.logIndex(0)
  }
})
