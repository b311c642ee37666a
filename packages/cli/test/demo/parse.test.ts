import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { type Instruction, usages } from "../../src/demo/instruction.ts"
import { parse } from "../../src/demo/parse.ts"

const parsed = (line: string): Instruction => Result.getOrThrow(parse(line))
const complaint = (line: string) => Result.match(parse(line), { onFailure: String, onSuccess: () => "none" })

describe("a line's instruction", () => {
  it("the commands of the map", () => {
    assert.deepStrictEqual(parsed("put k v"), propose({ _tag: "Put", key: "k", value: "v" }))
    assert.deepStrictEqual(parsed('append k "a b"'), propose({ _tag: "Append", key: "k", value: "a b" }))
    assert.deepStrictEqual(parsed("get __proto__"), propose({ _tag: "Get", key: "__proto__" }))
    assert.deepStrictEqual(parsed('delete ""'), propose({ _tag: "Delete", key: "" }))
  })

  it("the commands for servers, and the plain ones", () => {
    assert.deepStrictEqual(parsed("disconnect 1"), { _tag: "Disconnect", server: "1" })
    assert.deepStrictEqual(parsed("connect 2"), { _tag: "Connect", server: "2" })
    assert.deepStrictEqual(parsed("crash 3"), { _tag: "Crash", server: "3" })
    assert.deepStrictEqual(parsed(" restart  3 "), { _tag: "Restart", server: "3" })
    assert.deepStrictEqual(parsed("transfer 2"), { _tag: "Transfer", server: "2" })
    assert.deepStrictEqual(parsed("status"), { _tag: "Status" })
    assert.deepStrictEqual(parsed("help"), { _tag: "Help" })
    assert.deepStrictEqual(parsed("quit"), { _tag: "Quit" })
  })

  it("an unknown command is named, with a way out", () => {
    assert.strictEqual(complaint("pt k v"), 'there is no command pt; "help" lists them')
    assert.include(complaint("PUT k v"), "there is no command PUT")
    assert.include(complaint("constructor"), "there is no command constructor")
  })

  it("too few and too many words say the form", () => {
    assert.strictEqual(complaint("put k"), "too few words; write: put KEY VALUE")
    assert.strictEqual(complaint("get"), "too few words; write: get KEY")
    assert.strictEqual(complaint("crash"), "too few words; write: crash N")
    assert.strictEqual(complaint("status 1"), "too many words; write: status")
    assert.strictEqual(complaint("crash 1 2"), "too many words; write: crash N")
    assert.match(complaint("put k a b"), /^too many words; write: put KEY VALUE \(quote what has blanks/)
  })

  it("a server that is not there is named", () => {
    for (const name of ["0", "4", "01", "s1", "-1"]) {
      assert.strictEqual(complaint(`crash ${name}`), `there is no server ${name}; they are 1, 2, 3`)
    }
  })

  it("every form that help shows parses, with operands in the place of its capitals", () => {
    for (const { form } of Object.values(usages)) {
      const line = form.replace("KEY", "k").replace("VALUE", "v").replace("N", "1")
      assert.strictEqual(complaint(line), "none", line)
    }
  })

  it.prop("any line is read or refused, never more", { line: Schema.String }, ({ line }) => {
    assert.isTrue(Result.isResult(parse(line)))
  })
})

const propose = (command: Extract<Instruction, { _tag: "Propose" }>["command"]): Instruction => ({
  _tag: "Propose",
  command
})
