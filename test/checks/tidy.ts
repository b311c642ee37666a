/**
 * The house rules that neither formatter, linter nor compiler knows: how long a file and a function may
 * be, how a source file opens, and what must not lie around in the tree.
 */
import type { Node, SourceFile } from "./sources.ts"
import { at, isNode, isTypeScript, lineCount, lineOf, packageOfSource, visits } from "./sources.ts"

/** Lines that keep a file one idea and a function on one screen. */
const budgets = { core: 300, source: 400, test: 500, function: 70 }

/** All rules over one file. Text rules hold for every file, the rest for TypeScript. */
export const tidyProblems = (file: SourceFile): ReadonlyArray<string> => [
  ...textProblems(file),
  ...(isTypeScript(file)
    ? [
        ...budgetProblems(file),
        ...functionProblems(file),
        ...headerProblems(file),
        ...indexProblems(file),
        ...floatingProblems(file)
      ]
    : [])
]

interface Pattern {
  readonly problem: string
  readonly pattern: RegExp
  /** Which files it is about; all, unless told. */
  readonly where?: (file: SourceFile) => boolean
}

// Character classes of one letter keep the patterns from finding themselves.
const patterns: ReadonlyArray<Pattern> = [
  { problem: "an unfinished thing is an issue, not a comment", pattern: /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/g },
  {
    problem: "a test that is skipped, alone or expected to fail",
    pattern: /\b(?:it|test|describe|suite|layer)(?:\.\w+)*\.(?:skip|skipIf|runIf|only|todo|fails)\b/g,
    where: isTypeScript
  },
  { problem: "a silenced type error", pattern: /@ts-(?:ignore|nocheck)/g, where: isTypeScript },
  {
    problem: "a silenced lint rule without a reason",
    pattern: /(?:oxlint|eslint)-disable(?!.* -- \S)/g,
    where: isTypeScript
  },
  {
    problem: "an absolute path of one machine",
    pattern: /(?<![\w.])\/(?:work|farm|root|home|Users|tmp\/brief)\//g
  },
  {
    problem: "a package registry's host",
    pattern: /registry\.(?:npmjs|yarnpkg|npmmirror)|npmjs[.]org|debian[.]org/g
  }
]

const textProblems = (file: SourceFile): ReadonlyArray<string> =>
  patterns
    .filter(({ where }) => where === undefined || where(file))
    .flatMap(({ problem, pattern }) =>
      [...file.text.matchAll(pattern)].map((match) => at(file, match.index, `${problem}: ${match[0]}`))
    )

const budgetProblems = (file: SourceFile): ReadonlyArray<string> => {
  const lines = lineCount(file.text)
  const budget = lineBudget(file)
  return lines > budget ? [`${file.path}: ${lines} lines, its budget is ${budget}`] : []
}

const lineBudget = (file: SourceFile): number => {
  const folder = packageOfSource(file.path)
  if (folder === undefined) return budgets.test
  return folder === "core" ? budgets.core : budgets.source
}

const functionProblems = (file: SourceFile): ReadonlyArray<string> =>
  visits(file).flatMap(({ node, parent }) => {
    if (!functionTypes.has(node.type) || (packageOfSource(file.path) === undefined && isSuite(parent)))
      return []
    const lines = lineOf(file, node.end) - lineOf(file, node.start) + 1
    return lines > budgets.function
      ? [at(file, node.start, `a function of ${lines} lines, its budget is ${budgets.function}`)]
      : []
  })

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"])

/** `describe("…", () => …)` and `layer(…)("…", (it) => …)` hold tests, each of which has its own budget. */
const isSuite = (parent: Node | undefined): boolean => {
  let callee: unknown = parent?.type === "CallExpression" ? parent["callee"] : undefined
  while (isNode(callee) && (callee.type === "CallExpression" || callee.type === "MemberExpression")) {
    callee = callee.type === "CallExpression" ? callee["callee"] : callee["object"]
  }
  return isNode(callee) && (callee["name"] === "describe" || callee["name"] === "layer")
}

/** A source file says first what it owns; a program may say before that what runs it. */
const headerProblems = (file: SourceFile): ReadonlyArray<string> => {
  const isSource = packageOfSource(file.path) !== undefined || file.path.startsWith("test/checks/")
  if (!isSource || /^(?:#!.*\n)?\/\*\*/.test(file.text)) return []
  return [`${file.path}: no header comment that says what the file owns`]
}

/** A package's surface is a list of names, so that adding to it is a decision. */
const indexProblems = (file: SourceFile): ReadonlyArray<string> => {
  if (!/^packages\/[^/]+\/src\/index\.ts$/.test(file.path)) return []
  return visits(file)
    .filter(({ node }) => node.type === "ExportAllDeclaration" && !isNode(node["exported"]))
    .map(({ node }) => at(file, node.start, "index.ts lists its exports by name"))
}

/** The linter knows a promise that nobody awaits; an effect that nobody runs is as lost. */
const floatingProblems = (file: SourceFile): ReadonlyArray<string> =>
  visits(file).flatMap(({ node, parent }) => {
    if (parent?.type !== "ExpressionStatement" || node.type !== "CallExpression" || !isNode(node["callee"]))
      return []
    const { object, property } = node["callee"]
    if (!isNode(object) || !isNode(property) || !effectModules.has(String(object["name"]))) return []
    return /^run|Unsafe$/.test(String(property["name"]))
      ? []
      : [at(file, node.start, "an effect that nothing runs")]
  })

/** Modules whose functions give effects, but for those that say `run…` or `…Unsafe`. */
const effectModules = new Set([
  "Effect",
  "Deferred",
  "Fiber",
  "PubSub",
  "Queue",
  "Ref",
  "Scope",
  "Stream",
  "TestClock"
])
