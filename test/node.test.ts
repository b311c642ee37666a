import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { root } from "./checks/sources.ts"

it("tests run on the Node that package.json pins, whatever the machine has", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: { readonly node: string }
  }
  assert.strictEqual(process.version, `v${manifest.devDependencies.node}`)
})
