/**
 * Copies of core's sources with some text replaced, loaded as modules of their own.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Core } from "../support/core.ts"
import type { Replacement } from "./mutant.ts"

const sources = fileURLToPath(new URL("../../src", import.meta.url))
const require = createRequire(import.meta.url)

/** Mutants run without the reducer's own assertions: the properties must notice by themselves. */
const withoutInvariants: Replacement = { file: "invariant.ts", text: "if (!condition)", by: "if (false)" }

/** Loads the mutated sources. Fails if a text does not stand in its file exactly once. */
export const buildMutant = (replacements: ReadonlyArray<Replacement>): Core => {
  const folder = mkdtempSync(join(tmpdir(), "effect-raft-mutant-"))
  try {
    cpSync(sources, folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
    for (const replacement of [withoutInvariants, ...replacements]) replaceOnce(folder, replacement)
    return require(join(folder, "index.ts")) as Core
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const replaceOnce = (folder: string, { by, file, text }: Replacement): void => {
  const path = join(folder, file)
  const parts = readFileSync(path, "utf8").split(text)
  const found = parts.length - 1
  if (found !== 1) throw new Error(`mutants.ts is out of date: ${file} has ${found} times: ${text}`)
  writeFileSync(path, parts.join(by))
}
