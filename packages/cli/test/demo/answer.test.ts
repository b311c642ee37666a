import { assert, describe, it } from "@effect/vitest"
import { OutcomeUnknown } from "effect-raft"
import * as Answer from "../../src/demo/answer.ts"
import type { ServerView } from "../../src/demo/Cluster.ts"

const servers: ReadonlyArray<ServerView> = [
  { _tag: "Running", server: "1", connected: true, role: "Leader", term: 12, commitIndex: 7, logLength: 8 },
  {
    _tag: "Running",
    server: "2",
    connected: false,
    role: "Follower",
    term: 12,
    commitIndex: 6,
    logLength: 7
  },
  { _tag: "Crashed", server: "3", connected: true }
]

describe("answers", () => {
  it("a value is shown as it could be typed, so no value looks like a missing one", () => {
    assert.deepStrictEqual(Answer.ofResult({ _tag: "Found", value: "1" }), Answer.done("1"))
    assert.deepStrictEqual(Answer.ofResult({ _tag: "Found", value: "a\nb" }), Answer.done(String.raw`"a\nb"`))
    assert.deepStrictEqual(Answer.ofResult({ _tag: "NotFound" }), Answer.done("(not found)"))
    assert.deepStrictEqual(
      Answer.ofResult({ _tag: "Found", value: "(not found)" }),
      Answer.done('"(not found)"')
    )
    assert.deepStrictEqual(Answer.ofResult({ _tag: "Stored" }), Answer.done("ok"))
    assert.deepStrictEqual(Answer.ofResult({ _tag: "Deleted" }), Answer.done("ok"))
  })

  it("status is a table on a terminal", () => {
    assert.deepStrictEqual(Answer.ofStatus("Terminal", servers).text.split("\n"), [
      "server  role      term  commit index  log length  connected",
      "1       leader    12    7             8           yes",
      "2       follower  12    6             7           no",
      "3       crashed   -     -             -           yes"
    ])
  })

  it("status is one line in a pipe", () => {
    assert.strictEqual(
      Answer.ofStatus("Lines", servers).text,
      "server 1, role leader, term 12, commit index 7, log length 8, connected yes; " +
        "server 2, role follower, term 12, commit index 6, log length 7, connected no; " +
        "server 3, role crashed, term -, commit index -, log length -, connected yes"
    )
  })

  it("help is one line in a pipe, and names everything in both forms", () => {
    const words = [
      "put",
      "append",
      "get",
      "delete",
      "status",
      "disconnect",
      "connect",
      "crash",
      "restart",
      "quit"
    ]
    for (const word of words) {
      assert.include(Answer.help("Lines").text, word)
      assert.include(Answer.help("Terminal").text, word)
    }
    assert.notInclude(Answer.help("Lines").text, "\n")
    assert.include(Answer.help("Terminal").text, 'put k "a b"')
  })

  it("a write without an outcome is unknown, a read without one has failed", () => {
    const error = new OutcomeUnknown({ server: "2", index: 4, term: 3, reason: "Timeout" })
    const append = Answer.ofUnknown({ _tag: "Append", key: "k", value: "v" }, error)
    assert.strictEqual(append._tag, "Unknown")
    assert.match(append.text, /^unknown: .*index 4, term 3.*the append takes effect if/)

    const read = Answer.ofUnknown({ _tag: "Get", key: "k" }, error)
    assert.strictEqual(read._tag, "Failed")
    assert.match(read.text, /^error: .*nothing was read/)
  })

  it("an error is one line, whatever its cause says", () => {
    assert.deepStrictEqual(Answer.failed("a\n  b"), { _tag: "Failed", text: "error: a b" })
  })
})
