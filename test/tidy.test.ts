import { assert, describe, it } from "vitest"
import { repositoryFiles } from "./checks/sources.ts"
import { tidyProblems } from "./checks/tidy.ts"

const source = "packages/raft/src/sample.ts"
const header = "/** What this file owns. */\n"
const lines = (count: number) => "\n".repeat(count)
const functionOf = (count: number) => `export const f = () => {${lines(count - 1)}}`

/** What the rules forbid, joined only when it runs, so that this file does not break them itself. */
const marker = ["TO", "DO"].join("")
const silenced = ["// @ts", "ignore\n"].join("-")
const unlinted = ["// oxlint", "disable-next-line no-var"].join("-")
const skipped = (call: string) => [call, `skip("…", () => {})`].join(".")
const machinePath = ["", "work", "main", "file"].join("/")
const registry = ["registry", "npmjs", "com"].join(".")

describe("tidy", () => {
  it("holds for every file of the repository", () => {
    assert.deepStrictEqual(repositoryFiles().flatMap(tidyProblems), [])
  })

  it.each([
    ["a source file over its budget", source, header + lines(400)],
    ["a core file over its smaller budget", "packages/core/src/sample.ts", header + lines(300)],
    ["a test over its budget", "packages/core/test/sample.test.ts", lines(501)],
    ["a function over its budget", source, header + functionOf(71)],
    ["a test function over its budget", "test/sample.test.ts", `it("…", ${functionOf(71).slice(17)})`],
    [
      "a function over its budget in a source's `layer`",
      source,
      `${header}layer(${functionOf(71).slice(17)})`
    ],
    ["no header comment", source, "export const x = 1\n"],
    ["a line comment as header", source, "// What this file owns.\n"],
    ["a marker in a comment", source, `${header}// ${marker} later\n`],
    ["a marker in prose", "docs/sample.md", `${marker}: write this\n`],
    ["a skipped test", "test/sample.test.ts", skipped("it")],
    ["a skipped effect test", "packages/raft/test/sample.test.ts", skipped("it.effect")],
    ["a silenced type error", source, header + silenced],
    ["a silenced lint rule without a reason", source, `${header}${unlinted}\n`],
    ["a machine's path", "README.md", `See ${machinePath}.\n`],
    ["a registry's host", "docs/sample.md", `https://${registry}/effect\n`],
    ["an effect that nothing runs", source, `${header}const f = () => {\n  Effect.log("…")\n}\n`],
    ["an offer that nothing runs", source, `${header}Queue.offer(queue, 1)\n`],
    ["an index that exports everything", "packages/raft/src/index.ts", `${header}export * from "./a.ts"\n`]
  ])("refuses %s", (_, path, text) => {
    assert.lengthOf(tidyProblems({ path, text }), 1)
  })

  it.each([
    ["a file that just fits", source, header + lines(399)],
    ["a function that just fits", source, header + functionOf(70)],
    [
      "a program's first line before the header",
      "packages/cli/src/main.ts",
      `#!/usr/bin/env node\n${header}`
    ],
    ["a long suite of short tests", "test/sample.test.ts", `describe("…", ${functionOf(200).slice(17)})`],
    ["a long suite on a layer", "test/sample.test.ts", `layer(L)("…", ${functionOf(200).slice(17)})`],
    ["a silenced lint rule with its reason", source, `${header}${unlinted} -- because\n`],
    ["an effect that is run", source, `${header}Effect.runFork(program)\nQueue.offerUnsafe(queue, 1)\n`],
    ["a namespace in an index", "packages/core/src/index.ts", `${header}export * as Log from "./log.ts"\n`]
  ])("accepts %s", (_, path, text) => {
    assert.deepStrictEqual(tidyProblems({ path, text }), [])
  })
})
