import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { packageRules } from "./checks/boundaries.ts"
import { quickStartOf } from "./checks/quickStart.ts"
import { root } from "./checks/sources.ts"
import {
  type Installed,
  installTarballs,
  removeFolder,
  run,
  temporaryFolder,
  typeCheck
} from "./checks/tarballs.ts"

const names = Object.values(packageRules).map(({ name }) => name)
const marked = (mark: string, language: string) =>
  `<!-- ${mark}: quick-start -->\n\n\`\`\`${language}\nx\n\`\`\`\n`
const libraries = names.filter((name) => name !== "@effect-raft/cli")

// Goal: what is published works for someone who has none of this repository.
// Method: build, pack and install all tarballs into an empty project, then look into them, compile against
// their declarations and run their code there.
describe("the packed packages", () => {
  const folder = temporaryFolder()
  let installed: Installed
  beforeAll(async () => {
    installed = await installTarballs(folder)
  }, 300_000)
  afterAll(() => removeFolder(folder))

  it("are all packages of the repository", () => {
    assert.sameMembers(
      installed.tarballs.map(({ name }) => name),
      names
    )
  })

  it.each(names)(
    "%s carries each source with its code, declarations and source maps, and nothing else",
    (name) => {
      const paths =
        installed.tarballs.find((tarball) => tarball.name === name)?.files.map(({ path }) => path) ?? []
      const sources = paths.filter((path) => /^src\/.*\.ts$/.test(path))
      const built = sources.flatMap((path) => {
        const stem = path.replace(/^src\/(.*)\.ts$/, "dist/$1")
        return [`${stem}.js`, `${stem}.js.map`, `${stem}.d.ts`, `${stem}.d.ts.map`]
      })
      assert.isNotEmpty(sources)
      assert.sameMembers(paths, ["LICENSE", "package.json", ...sources, ...built])
    }
  )

  it.each(names)("%s names only files that it carries", (name) => {
    const manifest = readFileSync(join(installed.project, "node_modules", name, "package.json"), "utf8")
    const named = [...manifest.matchAll(/"\.\/([^"*]+)"(?!:)/g)].map(([, path = ""]) => path)
    assert.isNotEmpty(named)
    for (const path of named)
      assert.isTrue(existsSync(join(installed.project, "node_modules", name, path)), path)
  })

  it.each(names)("%s carries the repository's license", (name) => {
    assert.strictEqual(
      readFileSync(join(installed.project, "node_modules", name, "LICENSE"), "utf8"),
      readFileSync(join(root, "LICENSE"), "utf8")
    )
  })

  it("load from their built code and compile against their declarations", async () => {
    const imports = libraries.map((name, position) => `import * as library${position} from "${name}"`)
    const use = `console.log([${libraries.map((_, position) => `library${position}`).join(", ")}].map((library) => Object.keys(library).length > 0).join())`
    writeFileSync(join(installed.project, "libraries.ts"), `${imports.join("\n")}\n${use}\n`)
    await typeCheck(installed.project)
    assert.strictEqual(
      await run(installed.project, "node", ["libraries.ts"]),
      `${libraries.map(() => "true").join()}\n`
    )
  }, 60_000)

  it("compile and run the README's example, which prints what the README says", async () => {
    const { code, output } = quickStartOf(readFileSync(join(root, "README.md"), "utf8"))
    writeFileSync(join(installed.project, "quickStart.ts"), code)
    await typeCheck(installed.project)
    assert.strictEqual(await run(installed.project, "node", ["quickStart.ts"]), output)
  }, 60_000)

  it("give the command `effect-raft`, which serves the demo's key/value map", async () => {
    const command = join("node_modules", ".bin", "effect-raft")
    const answers = await run(installed.project, command, ["demo"], "put x 1\nget x\n")
    assert.lengthOf(answers.trimEnd().split("\n"), 2)
    assert.include(answers, "1")
  }, 60_000)
})

describe("the README's example", () => {
  it("is the block below its mark, with the output below its own", () => {
    const readme = `\`\`\`ts\nother\n\`\`\`\n${marked("example", "ts")}It prints:\n${marked("output", "text")}`
    assert.deepStrictEqual(quickStartOf(readme), { code: "x\n", output: "x\n" })
  })

  it.each([
    ["no mark", "```ts\nx\n```\n"],
    ["no output", marked("example", "ts")],
    ["another language", marked("example", "sh") + marked("output", "text")],
    [
      "prose between mark and block",
      `<!-- example: quick-start -->\nFirst:\n${marked("example", "ts").slice(31)}`
    ]
  ])("is missed by name: %s", (_, readme) => {
    assert.throws(() => quickStartOf(readme), /README\.md has no ```(?:ts|text) block/)
  })
})
