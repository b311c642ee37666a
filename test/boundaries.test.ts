import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { importProblems, packageRules, worldProblems } from "./checks/boundaries.ts"
import { isTypeScript, repositoryFiles, root } from "./checks/sources.ts"

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest

const folders = Object.keys(packageRules)
const exported = Object.fromEntries(
  folders.map(manifestOf).map((manifest) => [manifest.name, Object.keys(manifest.exports)])
)
const files = repositoryFiles().filter(isTypeScript)

const importing = (path: string, text: string) => importProblems([{ path, text }], exported)
const naming = (folder: string, text: string) =>
  worldProblems({ path: `packages/${folder}/src/sample.ts`, text })

describe("import directions", () => {
  it("every import points down, to something exported, and never in a circle", () => {
    assert.isAbove(files.length, 0)
    assert.deepStrictEqual(importProblems(files, exported), [])
  })

  it.each(Object.entries(packageRules))("packages/%s declares what it may import", (folder, rule) => {
    const { dependencies, name, peerDependencies } = manifestOf(folder)
    assert.strictEqual(name, rule.name)
    const allowed = rule.imports.filter((specifier) => specifier !== "node:")
    assert.sameMembers(Object.keys({ ...dependencies, ...peerDependencies }), allowed)
  })

  it.each(Object.entries(packageRules))(
    "packages/%s builds on the projects it may import",
    (folder, rule) => {
      const project = readFileSync(join(root, "packages", folder, "tsconfig.json"), "utf8")
      const references = [...project.matchAll(/"path": "\.\.\/(\w+)"/g)].map(
        ([, name = ""]) => manifestOf(name).name
      )
      assert.sameMembers(
        references,
        rule.imports.filter((specifier) => specifier in exported)
      )
    }
  )

  it.each([
    ["core/src", `import { Effect } from "effect"`],
    ["core/src", `import type { Brand } from "effect"`],
    ["core/src", `export { RaftServer } from "effect-raft"`],
    ["core/src", `const later = import("effect")`],
    ["core/src", `type Later = import("effect").Effect<void>`],
    ["core/src", `export * from "node:fs"`],
    ["core/src", `import fs = require("node:fs")`],
    ["core/test", `import { RaftServer } from "effect-raft"`],
    ["raft/src", `import { lab } from "@effect-raft/testing"`],
    ["raft/src", `import { NodeSocket } from "@effect/platform-node"`],
    ["raft/src", `import { readFileSync } from "node:fs"`],
    ["raft/src", `import * as Log from "@effect-raft/core/log"`],
    ["raft/src", `import * as Log from "../../core/src/log.ts"`],
    ["raft/src", `import { helper } from "../test/helper.ts"`],
    ["raft/test", `import * as Log from "../../core/src/log.ts"`],
    ["raft/src", `const later = (name: string) => import(name)`],
    ["kv/src", `import { step } from "@effect-raft/core"`],
    ["kv/src", `import { effectual } from "effectual"`],
    ["testing/src", `import { KvStore } from "@effect-raft/kv"`],
    ["novel/src", `import { Effect } from "effect"`]
  ])("refuses in packages/%s: %s", (folder, text) => {
    assert.lengthOf(importing(`packages/${folder}/sample.ts`, text), 1)
  })

  it.each([
    ["core/src", `import { termAt } from "./log.ts"`],
    ["core/test", `import { it } from "@effect/vitest"`],
    ["raft/src", `import { step } from "@effect-raft/core"\nimport * as Socket from "effect/socket/Socket"`],
    ["cli/src", `import { NodeRuntime } from "@effect/platform-node"\nimport { argv } from "node:process"`]
  ])("accepts in packages/%s: %s", (folder, text) => {
    assert.deepStrictEqual(importing(`packages/${folder}/sample.ts`, text), [])
  })

  it("refuses a circle of imports inside a package, type imports included", () => {
    const circle = [
      { path: "packages/core/src/a.ts", text: `import { b } from "./deep/b.ts"` },
      { path: "packages/core/src/deep/b.ts", text: `import type { C } from "../c.ts"` },
      { path: "packages/core/src/c.ts", text: `export { a } from "./a.ts"` }
    ]
    assert.lengthOf(importProblems(circle, exported), 1)
    assert.deepStrictEqual(importProblems(circle.slice(1), exported), [])
  })
})

describe("the world stays outside", () => {
  it("no library names a clock, timer, random source or platform global", () => {
    assert.deepStrictEqual(files.flatMap(worldProblems), [])
  })

  it.each([
    ["core", "const now = Date.now()"],
    ["core", "const made: Date = value"],
    ["core", "const pick = Math.random()"],
    ["core", `const pick = Math["random"]()`],
    ["core", "const { random } = Math"],
    ["core", "setTimeout(f, 1)"],
    ["core", "queueMicrotask(f)"],
    ["core", "console.log(1)"],
    ["core", "const bytes = Buffer.alloc(1)"],
    ["core", "const id = crypto.randomUUID()"],
    ["core", `const clock = globalThis["Date"]`],
    ["core", "const held = { performance }"],
    ["core", "const reference = new WeakRef(held)"],
    ["raft", "const now = Date.now()"],
    ["raft", "const today = new Date()"],
    ["raft", "setInterval(f, 1)"],
    ["raft", "const pick = Math.random()"],
    ["kv", "const now = performance.now()"],
    ["kv", "const path = process.env.PATH"],
    ["testing", "setImmediate(f)"]
  ])("refuses in %s: %s", (folder, text) => {
    assert.lengthOf(naming(folder, text), 1)
  })

  it.each([
    ["core", "const most = Math.max(1, 2)"],
    ["core", "const { at } = event.performance"],
    ["core", "interface Entry { readonly process: string }"],
    ["core", `const text = "Date.now()"`],
    ["cli", "console.log(Date.now())"]
  ])("accepts in %s: %s", (folder, text) => {
    assert.deepStrictEqual(naming(folder, text), [])
  })
})
