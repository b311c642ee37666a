/**
 * Who may import whom, and which packages must not touch the world. The table is the architecture's:
 * imports only point down, `core` is the language alone, and time and randomness enter the libraries as
 * Effect services.
 */
import { posix } from "node:path"
import type { Node, SourceFile, Visit } from "./sources.ts"
import { at, isNode, packageOfSource, packageOfTest, visits } from "./sources.ts"

export interface PackageRule {
  readonly name: string
  /** Packages that its sources may import; `node:` stands for Node's own modules. */
  readonly imports: ReadonlyArray<string>
  /** Globals that its sources may not name. */
  readonly forbidden: ReadonlyArray<string>
}

const clocks = ["Date", "performance", "setTimeout", "setInterval", "setImmediate", "queueMicrotask"]
const platform = ["process", "Buffer", "console", "crypto", "require", "fetch", "navigator"]
/** By each of these any other global can be reached. */
const backDoors = ["globalThis", "global", "eval", "Function"]
/** `Math.random` stands beside them, as a member. */
const world = [...clocks, ...platform, ...backDoors]

/** By folder under `packages`. */
export const packageRules: Readonly<Record<string, PackageRule>> = {
  core: {
    name: "@effect-raft/core",
    imports: [],
    // What the collector or another thread decides is not a function of the events either.
    forbidden: [...world, "WeakRef", "FinalizationRegistry", "Atomics", "SharedArrayBuffer", "Intl"]
  },
  raft: { name: "effect-raft", imports: ["@effect-raft/core", "effect"], forbidden: world },
  testing: {
    name: "@effect-raft/testing",
    imports: ["@effect-raft/core", "effect-raft", "effect"],
    forbidden: world
  },
  kv: { name: "@effect-raft/kv", imports: ["effect-raft", "effect"], forbidden: world },
  cli: {
    name: "@effect-raft/cli",
    imports: [
      "@effect-raft/core",
      "effect-raft",
      "@effect-raft/testing",
      "@effect-raft/kv",
      "effect",
      "@effect/platform-node",
      "node:"
    ],
    forbidden: []
  }
}

/** What tests may import beside their own package and what that may import. */
const testTools = ["effect", "@effect/vitest", "vitest", "@effect/platform-node", "node:"]

/** What each of our packages exports: its package.json's `exports` keys, by package name. */
export type Exported = Readonly<Record<string, ReadonlyArray<string>>>

export interface Import {
  /** Undefined when it is computed, so that its direction cannot be known. */
  readonly specifier: string | undefined
  readonly offset: number
}

/** Every import that points up, sideways, at something not exported, or round in a circle. */
export const importProblems = (
  files: ReadonlyArray<SourceFile>,
  exported: Exported
): ReadonlyArray<string> => {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]))
  const wrong = files.flatMap((file) =>
    (imports.get(file.path) ?? []).flatMap(({ specifier, offset }) => {
      const problem = directionProblem(file.path, specifier, exported)
      return problem === undefined ? [] : [at(file, offset, problem)]
    })
  )
  return [...wrong, ...cycleProblems(imports)]
}

/** Every use of a global that would let the world into a package that must not know it. */
export const worldProblems = (file: SourceFile): ReadonlyArray<string> => {
  const folder = packageOfSource(file.path)
  const rule = folder === undefined ? undefined : packageRules[folder]
  if (rule === undefined || rule.forbidden.length === 0) return []
  return visits(file).flatMap((visit) => {
    const name = forbiddenName(visit, rule.forbidden)
    return name === undefined ? [] : [at(file, visit.node.start, `${rule.name} may not name \`${name}\``)]
  })
}

export const importsOf = (file: SourceFile): ReadonlyArray<Import> =>
  visits(file).flatMap(({ node }) => {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
      case "ImportExpression":
      case "TSImportType": {
        // An export without a source declares or lists; it imports nothing.
        if (!isNode(node["source"])) return []
        return [{ specifier: literal(node["source"]), offset: node.start }]
      }
      case "TSExternalModuleReference":
        return [{ specifier: literal(node["expression"]), offset: node.start }]
    }
    return []
  })

const literal = (value: unknown): string | undefined =>
  isNode(value) && value.type === "Literal" && typeof value["value"] === "string" ? value["value"] : undefined

const directionProblem = (
  path: string,
  specifier: string | undefined,
  exported: Exported
): string | undefined => {
  const folder = packageOfSource(path) ?? packageOfTest(path)
  if (folder === undefined) return undefined
  const rule = packageRules[folder]
  if (rule === undefined) return `no import directions are declared for packages/${folder}`
  if (specifier === undefined) return "a computed import hides its direction"

  const isTest = packageOfTest(path) !== undefined
  if (specifier.startsWith(".")) {
    const home = isTest ? `packages/${folder}/` : `packages/${folder}/src/`
    const target = posix.join(posix.dirname(path), specifier)
    return target.startsWith(home) ? undefined : `\`${specifier}\` leaves ${home}`
  }

  const allowed = isTest ? [rule.name, ...rule.imports, ...testTools] : rule.imports
  const owner = allowed.find((name) => belongsTo(name, specifier))
  if (owner === undefined) return `${rule.name} may not import \`${specifier}\``
  const subpath = `.${specifier.slice(owner.length)}`
  return exported[owner] === undefined || exported[owner].includes(subpath)
    ? undefined
    : `${owner} does not export \`${subpath}\``
}

const belongsTo = (name: string, specifier: string): boolean =>
  name === "node:" ? specifier.startsWith(name) : specifier === name || specifier.startsWith(`${name}/`)

/** One line per circle of relative imports, type imports included: a circle of types is one idea in two files. */
const cycleProblems = (imports: ReadonlyMap<string, ReadonlyArray<Import>>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const finished = new Set<string>()
  const follow = (path: string, trail: ReadonlyArray<string>): void => {
    const start = trail.indexOf(path)
    if (start >= 0) {
      problems.push(`${path}: import cycle ${[...trail.slice(start), path].join(" -> ")}`)
      return
    }
    if (finished.has(path)) return
    for (const { specifier } of imports.get(path) ?? []) {
      if (specifier?.startsWith(".")) follow(posix.join(posix.dirname(path), specifier), [...trail, path])
    }
    finished.add(path)
  }
  for (const path of imports.keys()) follow(path, [])
  return problems
}

/**
 * The forbidden name that this node spells, be it read or declared: a local of such a name would only hide
 * from the reader, and from this check, whether the global is meant.
 */
const forbiddenName = (
  { node, parent, key }: Visit,
  forbidden: ReadonlyArray<string>
): string | undefined => {
  if (node.type !== "Identifier" || parent === undefined || isMemberName(parent, key)) return undefined
  const name = String(node["name"])
  if (name === "Math") return isHarmlessMath(parent, key) ? undefined : "Math.random"
  return forbidden.includes(name) ? name : undefined
}

/** `Math.max(…)` is arithmetic; `Math` passed around, indexed or taken apart may be `random` in disguise. */
const isHarmlessMath = (parent: Node, key: string): boolean =>
  parent.type === "MemberExpression" &&
  key === "object" &&
  parent["computed"] === false &&
  isNode(parent["property"]) &&
  parent["property"]["name"] !== "random"

/** Names after a dot and keys of objects, classes and types say nothing about globals. */
const isMemberName = (parent: Node, key: string): boolean => {
  switch (parent.type) {
    case "MemberExpression":
      return key === "property" && parent["computed"] === false
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return key === "key" && parent["computed"] === false
    case "TSQualifiedName":
      return key === "right"
    case "ImportSpecifier":
      return key === "imported"
    case "ExportSpecifier":
      return key === "exported"
    case "TSNamedTupleMember":
      return key === "label"
  }
  return false
}
