import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as AppendList from "../../src/log/appendList.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** What is done to which of the versions made so far. */
const Operations = Schema.Array(Schema.Struct({ version: upTo(99), kind: upTo(3), count: upTo(5) })).check(
  Schema.isMaxLength(60)
)

interface Version {
  readonly list: AppendList.AppendList<number>
  readonly model: ReadonlyArray<number>
}

const itemsOf = (list: AppendList.AppendList<number>) => AppendList.slice(list, 0, AppendList.size(list))

describe("appendList", () => {
  // Goal: any version, however old, is the array that it was when it was made.
  // Method: grow a tree of versions, each from a random older one, beside plain arrays that are copied.
  it.prop(
    "every version stays equal to its model, whatever is made from it and from its relatives",
    { operations: Operations },
    ({ operations }) => {
      const versions: Array<Version> = [{ list: AppendList.make([1, 2]), model: [1, 2] }]
      let fresh = 100
      for (const { count, kind, version } of operations) {
        const { list, model } = versions[version % versions.length]!
        const items = Array.from({ length: count }, () => fresh++)
        const results: ReadonlyArray<Version> = [
          { list: AppendList.append(list, fresh), model: [...model, fresh] },
          { list: AppendList.appendAll(list, items), model: [...model, ...items] },
          { list: AppendList.take(list, count), model: model.slice(0, count) },
          { list: AppendList.drop(list, count), model: model.slice(count) }
        ]
        fresh++
        versions.push(...results.slice(kind, kind + 1))
      }
      for (const { list, model } of versions) {
        assert.deepStrictEqual(itemsOf(list), model)
        assert.strictEqual(AppendList.size(list), model.length)
        assert.deepStrictEqual(
          [-1, 0, 1, model.length - 1, model.length].map((position) => AppendList.at(list, position)),
          [-1, 0, 1, model.length - 1, model.length].map((position) => model[position])
        )
      }
    },
    { arbitrary: { runs: 500, size: 60 } }
  )

  it("appending to the newest version shares its memory: twenty thousand appends do not copy", () => {
    let list = AppendList.make<number>()
    const { backing } = list
    for (let item = 0; item < 20_000; item++) list = AppendList.append(list, item)
    assert.strictEqual(list.backing, backing)
    assert.strictEqual(AppendList.at(list, 19_999), 19_999)
  })

  it("dropping most of a long list lets go of its memory", () => {
    const list = AppendList.make(Array.from({ length: 10_000 }, (_, item) => item))
    const rest = AppendList.drop(list, 9_000)
    assert.strictEqual(rest.backing.length, 1_000)
    assert.strictEqual(AppendList.at(rest, 0), 9_000)
    assert.strictEqual(AppendList.at(list, 0), 0)
  })
})
