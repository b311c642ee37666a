import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { importsOf, packageRules } from "./checks/boundaries.ts"
import { isTypeScript, packageOfSource, repositoryFiles, root } from "./checks/sources.ts"

const documented = readFileSync(join(root, "docs", "dependencies.md"), "utf8")
const missingIn = (page: string, names: Iterable<string>) =>
  [...new Set(names)].filter((name) => !page.includes(`\`${name}\``))

const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly devDependencies: Readonly<Record<string, string>>
}
const rules = Object.values(packageRules)
const ours = new Set(rules.map(({ name }) => name))
const dependencies = rules
  .flatMap(({ imports }) => imports)
  .filter((name) => !ours.has(name) && name !== "node:")

const effectFolders = repositoryFiles()
  .filter((file) => isTypeScript(file) && packageOfSource(file.path) !== undefined)
  .flatMap((file) =>
    importsOf(file).flatMap(({ specifier = "" }) => /^effect\/\w[\w-]*/.exec(specifier) ?? [])
  )

describe("docs/dependencies.md", () => {
  it("gives a reason for every dependency", () => {
    const names = [...Object.keys(devDependencies), ...dependencies]
    assert.include(names, "effect")
    assert.deepStrictEqual(missingIn(documented, names), [])
  })

  it("says what comes from each folder of effect", () => {
    assert.include(effectFolders, "effect/cli")
    assert.deepStrictEqual(missingIn(documented, effectFolders), [])
  })

  it("would miss a newcomer", () => {
    assert.deepStrictEqual(
      missingIn("a page on `effect`, not on effect-newcomer", ["effect", "effect-newcomer"]),
      ["effect-newcomer"]
    )
  })
})
