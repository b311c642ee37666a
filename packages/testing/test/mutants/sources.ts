/**
 * Core's sources with texts replaced, in memory: for the process that asked, and nobody else. The files stay
 * as they are.
 */
import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import type { Replacement } from "./mutant.ts"

const folder = new URL("../../../core/src/", import.meta.url)

/** Core's own assertions are left out: the simulator must notice by itself. */
export const withoutInvariants: Replacement = {
  file: "invariant.ts",
  text: "if (!condition)",
  by: "if (!condition && name.length < 0)"
}

/** The mutated text of every file that these name. Fails if a text does not stand in its file exactly once. */
export const mutatedFiles = (replacements: ReadonlyArray<Replacement>): ReadonlyMap<string, string> => {
  const files = new Map<string, string>()
  for (const replacement of replacements) {
    const { file } = replacement
    files.set(file, replacedOnce(files.get(file) ?? sourceOf(file), replacement))
  }
  return files
}

/** Core's folder of sources, for those who copy it. */
export const sourceFolder = fileURLToPath(folder)

const sourceOf = (file: string): string => readFileSync(new URL(file, folder), "utf8")

const replacedOnce = (source: string, { by, file, text }: Replacement): string => {
  const parts = source.split(text)
  const found = parts.length - 1
  if (found !== 1) throw new Error(`the mutant is out of date: ${file} holds ${found} times: ${text}`)
  return parts.join(by)
}

/** What this process imports from now on is mutated. */
export const plant = (replacements: ReadonlyArray<Replacement>): void => {
  const texts = new Map(
    [...mutatedFiles(replacements)].map(([file, text]) => [new URL(file, folder).href, text])
  )
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context)
      const source = texts.get(url)
      return source === undefined ? loaded : { ...loaded, source }
    }
  })
}
