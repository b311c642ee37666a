import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"

const example = fileURLToPath(new URL("ownParts.ts", import.meta.url))
const docs = new URL("../../../../docs/testing.md", import.meta.url)

describe("the example in docs/testing.md", () => {
  it("is the file beside this test", () => {
    assert.include(readFileSync(docs, "utf8"), `\`\`\`ts\n${readFileSync(example, "utf8")}\`\`\``)
  })

  it("passes the suite with a transport and a persister of its own", { timeout: 60_000 }, async () => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ["--conditions=@effect-raft/source", example])
    const lines = stdout.trimEnd().split("\n")
    assert.lengthOf(lines, 2 * 19)
    assert.deepStrictEqual(
      lines.filter((line) => !/^Test \(4[AB]\): .* \.\.\.$|^ {2}\.\.\. Passed --/.test(line)),
      []
    )
  })
})
