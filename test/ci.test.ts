import { execFileSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "vitest"
import { root } from "./checks/sources.ts"
import { removeFolder, temporaryFolder } from "./checks/tarballs.ts"

describe("the closing line of a CI run", () => {
  const folder = temporaryFolder()
  const path = join(folder, "report.json")
  afterAll(() => removeFolder(folder))

  const closingLine = (report: object): string => {
    writeFileSync(path, JSON.stringify(report))
    return execFileSync(process.execPath, [join(root, ".ci", "passed.ts"), path], {
      encoding: "utf8",
      stdio: "pipe"
    })
  }

  it("counts what passed", () => {
    const report = { success: true, numTotalTests: 12, numPassedTests: 12 }
    assert.strictEqual(closingLine(report), "12 passed, 0 failed\n")
  })

  it.each([
    ["nothing ran", { success: true, numTotalTests: 0, numPassedTests: 0 }],
    ["a test failed", { success: false, numTotalTests: 12, numPassedTests: 11 }],
    ["a file did not load", { success: false, numTotalTests: 12, numPassedTests: 12 }],
    ["a test was left out", { success: true, numTotalTests: 12, numPassedTests: 11 }]
  ])("is withheld when %s", (_, report) => {
    assert.throws(() => closingLine(report))
  })

  it("is withheld when there is no report", () => {
    rmSync(path, { force: true })
    assert.throws(() =>
      execFileSync(process.execPath, [join(root, ".ci", "passed.ts"), path], { stdio: "pipe" })
    )
  })
})
