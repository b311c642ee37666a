/**
 * Goal: the bugs of `npm run mutants` can be planted, and planting one is what makes the simulator object.
 *
 * Method: all texts are replaced and type-checked together; of each area one bug is hunted that is found at once,
 * and the sources as they are, which survive. The command hunts all of them, and takes minutes.
 */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { hunt } from "./mutants/hunt.ts"
import { type Area, areas, type Mutant } from "./mutants/mutant.ts"
import { mutants } from "./mutants/mutants.ts"
import { isKilled, rowLine } from "./mutants/report.ts"
import { mutatedFiles, sourceFolder, withoutInvariants } from "./mutants/sources.ts"

const run = promisify(execFile)
const main = fileURLToPath(new URL("mutants/main.ts", import.meta.url))
const baseConfig = fileURLToPath(new URL("../../../tsconfig.base.json", import.meta.url))
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc")

/** One of each area that the first seeds find. */
const quick: { readonly [A in Area]: string } = {
  election: "a refused vote counts",
  append: "conflicting entries are kept",
  commit: "an old message takes commitment back",
  storage: "a granted vote does not wait for its write",
  read: "a read is answered before its index is applied",
  transfer: "the target campaigns in the term of its leader",
  snapshot: "a chunk is stored wherever the last one ended",
  forward: "a leader appends every copy of a forwarded command",
  configuration: "a configuration is changed again before the last change is committed"
}

const compilerOptions = {
  noEmit: true,
  composite: false,
  declarationMap: false,
  sourceMap: false,
  rewriteRelativeImportExtensions: false,
  allowImportingTsExtensions: true,
  // A bug may leave something without a use.
  noUnusedLocals: false,
  noUnusedParameters: false,
  types: []
}

/** Why a bug cannot be planted any more. */
const staleness = ({ name, replacements }: Mutant): ReadonlyArray<string> => {
  try {
    mutatedFiles([withoutInvariants, ...replacements])
    return []
  } catch (error) {
    return [`${name}: ${String(error)}`]
  }
}

/** What the compiler says about core with every mutated file beside its original. */
const compilerErrors = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "effect-raft-mutants-"))
  try {
    cpSync(sourceFolder, folder, { recursive: true })
    mutants.forEach(({ replacements }, number) => {
      for (const [file, text] of mutatedFiles(replacements)) {
        writeFileSync(join(folder, file.replace(/\.ts$/, `.mutant${number}.ts`)), text)
      }
    })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
    const config = { extends: baseConfig, compilerOptions, include: ["."] }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
    const { stdout } = await run(process.execPath, [tsc, "-p", folder, "--pretty", "false"]).catch(
      (error: unknown) => error as { readonly stdout: string }
    )
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const command = async (...args: ReadonlyArray<string>): Promise<Ended> => {
  const node = [process.execPath, ["--conditions=@effect-raft/source", main, ...args]] as const
  try {
    return { code: 0, ...(await run(...node)) }
  } catch (error) {
    return error as Ended
  }
}

describe("planted bugs", { timeout: 60_000 }, () => {
  it("every text stands in its source exactly once, and every bug type-checks", async () => {
    assert.deepStrictEqual(mutants.flatMap(staleness), [])
    assert.strictEqual(await compilerErrors(), "")
  })

  it("a text that no longer stands there is reported, not skipped", () => {
    const missing = { file: "step.ts", text: "this text is in no source", by: "" }
    const ambiguous = { file: "step.ts", text: "server", by: "" }
    assert.throws(() => mutatedFiles([missing]), /out of date: step\.ts holds 0 times/)
    assert.throws(() => mutatedFiles([ambiguous]), /out of date: step\.ts holds \d{2,} times/)
  })

  it("no two have the same name, and every area has some", () => {
    const names = mutants.map(({ name }) => name)
    assert.deepStrictEqual([...new Set(names)], names)
    assert.sameMembers([...new Set(mutants.map(({ area }) => area))], [...areas])
  })

  it.each(Object.entries(quick))("%s: the simulator finds that %s", async (area, name) => {
    const mutant = mutants.find((other) => other.name === name && other.area === area)!
    const row = { mutant, hunted: await hunt(mutant, 20) }
    assert.isTrue(isKilled(row), rowLine(row))
  })

  it("the sources themselves survive, without their own assertions too", async () => {
    const none: Mutant = { ...mutants[0]!, replacements: [] }
    assert.strictEqual((await hunt(none, 1.5))._tag, "Survived")
  })
})

describe("npm run mutants", { timeout: 60_000 }, () => {
  it("prints a row for each, and the totals last", async () => {
    const { code, stdout } = await command("--only", quick.election, "--seconds", "20")
    const lines = stdout.trim().split("\n")
    assert.strictEqual(code, 0)
    assert.match(lines[1]!, /^election +a refused vote counts +ElectionSafety +1 /)
    assert.match(lines.at(-1)!, /^1 mutants: 1 killed by the property they break, 0 by another, 0 survived/)
  })

  it("--json prints objects", async () => {
    const { stdout } = await command("--only", quick.election, "--json")
    const [row, totals] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object)
    assert.deepInclude(row, {
      area: "election",
      name: quick.election,
      killed: true,
      property: "ElectionSafety"
    })
    assert.deepInclude(totals, { mutants: 1, killed: 1, survived: 0 })
  })

  it("fails when a bug survives", async () => {
    const { code, stdout } = await command("--only", "who hears from a leader", "--seconds", "0.1")
    assert.strictEqual(code, 1)
    assert.match(stdout, /SURVIVED LeaderStays/)
  })

  it.each([["--only", "nothing of this name"], ["--seconds", "0"], ["--seconds", "some"], ["--fast"]])(
    "refuses %s %s",
    async (...args) => {
      const { code, stderr } = await command(...args.filter((arg) => arg !== undefined))
      assert.strictEqual(code, 2)
      assert.match(stderr, /npm run mutants -- \[--only NAME\|AREA\]/)
    }
  )
})
