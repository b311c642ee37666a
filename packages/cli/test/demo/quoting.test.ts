import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Quoting from "../../src/demo/quoting.ts"

const words = (line: string) => Result.getOrThrow(Quoting.split(line))
const complaint = (line: string) =>
  Result.match(Quoting.split(line), { onFailure: String, onSuccess: () => "none" })

describe("words on a line", () => {
  it.prop(
    "what quote writes, split reads back, and it is one line",
    { texts: Schema.Array(Schema.String) },
    ({ texts }) => {
      const line = texts.map(Quoting.quote).join("  ")
      assert.deepStrictEqual(words(line), texts)
      assert.notMatch(line, /[\n\r]/)
    },
    { arbitrary: { runs: 500 } }
  )

  it("whatever is awkward survives the way there and back", () => {
    const awkward = [
      "",
      " ",
      "a b",
      '"',
      "'",
      "\\",
      "\n\r\t",
      "(not found)",
      "\u001b[31m",
      "\ud800",
      "😀",
      "\u2028"
    ]
    assert.deepStrictEqual(words(awkward.map(Quoting.quote).join(" ")), awkward)
  })

  it("a plain word needs no quotes, and nothing shows that could move the cursor", () => {
    assert.strictEqual(Quoting.quote("plain-word_1.5/ü😀"), "plain-word_1.5/ü😀")
    assert.strictEqual(Quoting.quote("\u001b[2J"), String.raw`"\u{1b}[2J"`)
    assert.strictEqual(Quoting.quote('say "hi"\n'), String.raw`"say \"hi\"\n"`)
  })

  it("blanks separate words, quotes keep them, and parts that touch are one word", () => {
    assert.deepStrictEqual(words("  put\tk   v "), ["put", "k", "v"])
    assert.deepStrictEqual(words(`put k "a  b"`), ["put", "k", "a  b"])
    assert.deepStrictEqual(words(`a" "b'c d'`), ["a bc d"])
    assert.deepStrictEqual(words(`"" ''`), ["", ""])
    assert.deepStrictEqual(words(String.raw`a\b '\n' "\n\u{41}"`), [String.raw`a\b`, String.raw`\n`, "\nA"])
    assert.deepStrictEqual(words(" \t "), [])
  })

  it("an open quote and an unknown escape are named", () => {
    assert.strictEqual(complaint(`put k "a b`), 'a " is not closed')
    assert.strictEqual(complaint(`put k "a b\\"`), 'a " is not closed')
    assert.strictEqual(complaint("put k don't"), "a ' is not closed")
    assert.include(complaint(String.raw`put k "\x41"`), String.raw`\x is no escape`)
    assert.include(complaint(String.raw`put k "\u{110000}"`), String.raw`\u{110000} is no escape`)
  })
})
