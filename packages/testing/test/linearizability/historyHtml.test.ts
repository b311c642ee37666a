import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import {
  checkLinearizability,
  type History,
  historyHtml,
  type HistoryHtmlOptions,
  keyValueModel,
  type KeyValueOperation,
  type KeyValueResult,
  SeededRandom,
  type SequentialModel
} from "../../src/index.ts"
import { withStaleRead, workload } from "./workload.ts"

const pageOf = <S, O, R>(
  model: SequentialModel<S, O, R>,
  history: History<O, R>,
  options?: HistoryHtmlOptions
): string => {
  const verdict = Result.getOrThrow(checkLinearizability(model, history))
  return verdict._tag === "Illegal" ? historyHtml(model, verdict, options) : assert.fail(verdict._tag)
}

const count = (page: string, pattern: RegExp): number => [...page.matchAll(pattern)].length

/** What each start tag opens is closed in order; those that close themselves are left out. */
const unclosedTags = (page: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  for (const [, slash, name = "", rest = ""] of page.matchAll(/<(\/?)(\w+)([^<>]*)>/g)) {
    if (name === "meta" || rest.endsWith("/")) continue
    if (slash === "") open.push(name)
    else if (open.at(-1) === name) open.pop()
    else return [...open, `/${name}`]
  }
  return open
}

const key = "k"
const history: History<KeyValueOperation, KeyValueResult> = [
  { client: 1, operation: { op: "put", key, value: "a" }, call: 0, return: 10, status: "ok", result: null },
  { client: 2, operation: { op: "put", key, value: "b" }, call: 20, return: 30, status: "ok", result: null },
  { client: 3, operation: { op: "put", key, value: "c" }, call: 5, status: "unknown" },
  { client: 3, operation: { op: "put", key, value: "d" }, call: 6, return: 8, status: "fail" },
  { client: 1, operation: { op: "get", key }, call: 40, return: 50, status: "ok", result: "a" },
  { client: 2, operation: { op: "get", key }, call: 60, return: 70, status: "ok", result: "b" }
]

describe("historyHtml", () => {
  it("draws each operation in its client's lane, the order, and what cannot be placed", () => {
    const page = pageOf(keyValueModel(), history)
    assert.strictEqual(count(page, /class="client"/g), 3)
    assert.strictEqual(count(page, /<rect class="bar Placed"/g), 2)
    assert.strictEqual(count(page, /<rect class="bar Offending"/g), 1)
    assert.strictEqual(count(page, /<rect class="bar Failed"/g), 1)
    assert.strictEqual(count(page, /<rect class="bar Unplaced open"/g), 1)
    assert.strictEqual(count(page, /<circle class="step"/g), 2)
    assert.include(page, "leads to the state <code>&quot;b&quot;</code>")
    assert.include(page, "get &quot;k&quot; → &quot;a&quot;, client 1, called at 40 ns, returned at 50 ns")
    assert.include(page, "1 operations, older or later, are not drawn")
  })

  it("is one page that needs nothing else, with every element closed", () => {
    const page = pageOf(keyValueModel(), history)
    assert.match(page, /^<!doctype html>\n/)
    assert.notMatch(page, /(?:src|href)=|@import|<script/)
    assert.deepStrictEqual(unclosedTags(page), [])
    assert.deepStrictEqual(unclosedTags("<a><b></a>"), ["a", "b", "/a"])
  })

  it("never takes a text of the history for markup", () => {
    const evil = `</title><script>alert("1" & '2')</script>\u0000`
    const get = { op: "get", key: evil } as const
    const page = pageOf(
      { ...keyValueModel(), describe: () => evil },
      [{ client: evil, operation: get, call: 0, return: 1, status: "ok", result: evil }],
      { title: evil }
    )
    assert.notInclude(page, "<script")
    assert.notInclude(page, "\u0000")
    assert.include(
      page,
      "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;\uFFFD"
    )
    assert.deepStrictEqual(unclosedTags(page), [])
  })

  it("shows what a model without words for it does", () => {
    const counter: SequentialModel<number, { readonly add: number }, number> = {
      initial: 0,
      step: (sum, { add }, outcome) =>
        outcome._tag === "Unknown" || outcome.result === sum + add ? [sum + add] : [],
      key: (sum) => sum
    }
    const page = pageOf(counter, [
      { client: "a", operation: { add: 2 }, call: 0, return: 1, status: "ok", result: 2 },
      { client: "a", operation: { add: 1 }, call: 2, return: 3, status: "ok", result: 7 }
    ])
    assert.include(page, "{&quot;add&quot;:1} → 7")
    assert.include(page, "leads to the state <code>2</code>")
  })

  it("of a long history draws the last operations before the contradiction", () => {
    const shape = { operations: 2_000, clients: 5, keys: 1, unknownPerMille: 20, gets: 5, cas: 0, appends: 0 }
    const long = withStaleRead(workload(shape, new SeededRandom(4)), 1_500)
    const page = pageOf(keyValueModel(), long, { operationsMax: 30 })
    assert.strictEqual(count(page, /<rect class="bar/g), 30)
    assert.strictEqual(count(page, /<rect class="bar Offending/g), 1)
    assert.include(page, "1970 operations, older or later, are not drawn")

    const steps = [...page.matchAll(/<circle class="step" cx="(\d+)".*?>(\d+)<\/text>/g)].map(
      ([, x, number]) => ({ x: Number(x), number: Number(number) })
    )
    assert.deepStrictEqual(
      steps.map(({ number }) => number),
      steps.map((_, position) => steps.at(-1)!.number - steps.length + 1 + position)
    )
    assert.isAbove(steps.length, 10)
    assert.deepStrictEqual(
      steps,
      steps.toSorted((left, right) => left.x - right.x)
    )
  })
})
