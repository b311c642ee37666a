/**
 * The repository as data: its text files, their syntax trees, and where in a file a node stands. Every
 * check of this folder is a function over these values, so that a test can hand it a bad sample as well as
 * the tree as it is.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { parseSync } from "vite"

/** A text file; `path` is relative to the repository's root, with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A node of the ESTree that the parser gives, with the children that this module does not need to name. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** A node with the way to it: `parent[key]` is the node or the list that holds it. */
export interface Visit {
  readonly node: Node
  readonly parent: Node | undefined
  readonly key: string
}

export const root = join(import.meta.dirname, "..", "..")

const notOurs = new Set([".git", "node_modules", "dist", ".tsbuild"])

/** Every file of the repository, all of them text, that is neither installed nor built. */
export const repositoryFiles = (): ReadonlyArray<SourceFile> =>
  filesBelow(root).map((path) => ({
    path: relative(root, path).replaceAll("\\", "/"),
    text: readFileSync(path, "utf8")
  }))

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return filesBelow(path)
    return entry.isFile() ? [path] : []
  })

export const isTypeScript = (file: SourceFile): boolean => file.path.endsWith(".ts")

/** The folder name of the package whose `src` holds this file. */
export const packageOfSource = (path: string): string | undefined =>
  /^packages\/([^/]+)\/src\//.exec(path)?.[1]

/** The folder name of the package whose `test` holds this file. */
export const packageOfTest = (path: string): string | undefined =>
  /^packages\/([^/]+)\/test\//.exec(path)?.[1]

/** All nodes of the file, parents first. */
export const visits = (file: SourceFile): ReadonlyArray<Visit> => {
  const { errors, program } = parseSync(file.path, file.text, {
    lang: "ts",
    astType: "ts",
    sourceType: "module"
  })
  if (errors[0] !== undefined) throw new SyntaxError(`${file.path}: ${errors[0].message}`)
  const found: Array<Visit> = []
  const visit = (value: unknown, parent: Node | undefined, key: string): void => {
    if (Array.isArray(value)) {
      for (const element of value) visit(element, parent, key)
    } else if (isNode(value)) {
      found.push({ node: value, parent, key })
      for (const [childKey, child] of Object.entries(value)) visit(child, value, childKey)
    }
  }
  visit(program, undefined, "")
  return found
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  typeof value.type === "string" &&
  "start" in value

export const lineOf = (file: SourceFile, offset: number): number =>
  file.text.slice(0, offset).split("\n").length

export const lineCount = (text: string): number => text.replace(/\n$/, "").split("\n").length

/** How a check names a place: a terminal turns it into a link. */
export const at = (file: SourceFile, offset: number, problem: string): string =>
  `${file.path}:${lineOf(file, offset)}: ${problem}`
