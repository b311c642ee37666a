import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"
import {
  isTypeScript,
  packageOfSource,
  repositoryFiles,
  root,
  type SourceFile,
  visits
} from "./checks/sources.ts"

const files = repositoryFiles()
const pages = files.filter(({ path }) => path.endsWith(".md"))
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>
}

const matches = (pattern: RegExp, text: string) => [...text.matchAll(pattern)].map(([, match = ""]) => match)

/** What stands between backticks in running text and tables; blocks of code are something else. */
const spans = (text: string) => matches(/`([^`\n]+)`/g, text.replace(/^```[\s\S]*?^```/gm, ""))

/** A file or folder by its whole path. */
const existing = new Set(
  files.flatMap(({ path }) => path.split("/").map((_, depth, parts) => parts.slice(0, depth + 1).join("/")))
)
const isFileName = (path: string) =>
  existing.has(path) || files.some((file) => file.path.endsWith(`/${path}`))

const pathProblems = ({ path, text }: SourceFile) =>
  matches(/(?<![\w/.@-])((?:packages|docs|test|\.ci)\/[\w./-]*\w)/g, text)
    .concat(spans(text).filter((span) => /^[\w-]+(?:\/[\w-]+)*\.ts$/.test(span)))
    .filter((name) => !isFileName(name) && !isFileName(posix.join(posix.dirname(path), name)))
    .map((name) => `${path}: there is no file ${name}`)

const headingsOf = (page: SourceFile | undefined) =>
  matches(/^#+ (.*)$/gm, page?.text ?? "").map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-")
  )

const linkProblems = ({ path, text }: SourceFile) =>
  matches(/\]\(([^)\s]+)\)/g, text)
    .filter((link) => !/^\w+:/.test(link))
    .filter((link) => {
      const [file = "", anchor] = link.split("#")
      const target = file === "" ? path : posix.join(posix.dirname(path), file)
      if (!existing.has(target)) return true
      return anchor !== undefined && !headingsOf(pages.find((page) => page.path === target)).includes(anchor)
    })
    .map((link) => `${path}: the link ${link} leads nowhere`)

const commandProblems = ({ path, text }: SourceFile) =>
  [...matches(/\bnpm run ([\w:-]+)/g, text), ...matches(/\bnpm (start|test)\b/g, text)]
    .filter((name) => !Object.hasOwn(scripts, name))
    .map((name) => `${path}: package.json has no script ${name}`)

const sources = files.filter((file) => isTypeScript(file) && packageOfSource(file.path) !== undefined)

/** What a source declares or uses by name, and the tags it spells. */
const namesIn = (file: SourceFile) =>
  new Set(
    visits(file).flatMap(({ node }) => {
      const name =
        node.type === "Identifier" ? node["name"] : node.type === "Literal" ? node["value"] : undefined
      return typeof name === "string" ? [name] : []
    })
  )
const namesByFile = new Map(sources.map((file) => [file.path, namesIn(file)]))

/** Line by line: each name in backticks is in one of the files that its line names, or in any if it names none. */
const nameProblems = ({ path, text }: SourceFile) =>
  text.split("\n").flatMap((line, position) => {
    const named = spans(line)
    const home = named
      .filter((span) => span.endsWith(".ts"))
      .flatMap((name) => namesByFile.get(name) ?? namesByFile.get(`packages/core/src/${name}`) ?? [])
    const places = home.length > 0 ? home : [...namesByFile.values()]
    return named
      .filter((span) => /^[A-Za-z]\w*$/.test(span) && !places.some((names) => names.has(span)))
      .map((name) => `${path}:${position + 1}: no ${name} there`)
  })

const titles = files
  .filter(({ path }) => /^packages\/\w+\/test\/.*\.test\.ts$/.test(path))
  .flatMap(({ text }) => matches(/(?<!describe\(\s*)["`](§[^"`\n]*)["`]/g, text))

/** Titles of tests are quoted whole, between backticks. */
const titleProblems = ({ path, text }: SourceFile, known: ReadonlyArray<string>) =>
  spans(text)
    .filter((span) => span.startsWith("§") && !known.includes(span))
    .map((title) => `${path}: no test is called ${title}`)

const page = (text: string): SourceFile => ({ path: "docs/sample.md", text })
const pageAt = (path: string) => pages.find((candidate) => candidate.path === path)!
const paperMap = pageAt("docs/paper-map.md")

describe("the pages", () => {
  it("name files that exist", () => {
    assert.includeMembers(
      pages.map(({ path }) => path),
      ["README.md", "ARCHITECTURE.md", "docs/paper-map.md"]
    )
    assert.deepStrictEqual(pages.flatMap(pathProblems), [])
  })

  it("link to what exists", () => {
    assert.deepStrictEqual(pages.flatMap(linkProblems), [])
  })

  it("name commands that exist", () => {
    assert.deepStrictEqual(pages.flatMap(commandProblems), [])
  })

  it.each(["docs/paper-map.md", "docs/divergence.md"])("%s names code where it is", (path) => {
    assert.deepStrictEqual(nameProblems(pageAt(path)), [])
  })

  it("quote titles of tests that exist", () => {
    assert.deepStrictEqual(
      pages.flatMap((each) => titleProblems(each, titles)),
      []
    )
  })

  it("the map of the paper has every test of a section of §5", () => {
    const quoted = spans(paperMap.text)
    assert.deepStrictEqual(
      titles.filter((title) => /^§5\.\d/.test(title) && !quoted.includes(title)),
      []
    )
  })

  it.each([
    ["a file that is gone", pathProblems, "see packages/core/src/gone.ts"],
    ["a folder that is gone", pathProblems, "see `packages/gone/`"],
    ["a bare file name that is gone", pathProblems, "`driver/gone.ts` does it"],
    ["a link to nothing", linkProblems, "[gone](gone.md)"],
    ["a link to no heading", linkProblems, "[gone](../README.md#no-such-heading)"],
    ["an anchor to no heading", linkProblems, "[gone](#no-such-heading)"],
    ["a script that is gone", commandProblems, "`npm run gone`"],
    ["a function that is gone", nameProblems, "the function `goneForGood`"],
    ["a function in another file", nameProblems, "`becomeLeader` in `commit.ts`"]
  ])("are refused with %s", (_, problems, text) => {
    assert.lengthOf(problems(page(text)), 1)
  })

  it("are refused with a test that is gone", () => {
    assert.lengthOf(titleProblems(page("`§5.9 gone`"), ["§5.9 here"]), 1)
    assert.deepStrictEqual(titleProblems(page("`§5.9 here`, §5.9"), ["§5.9 here"]), [])
  })

  it.each([
    ["a file by its path", pathProblems, "see packages/core/src/step.ts, and packages/core"],
    ["a file by the end of its path", pathProblems, "`driver/run.ts` and `step.ts`"],
    ["a link to a heading", linkProblems, "[there](../README.md#quick-start), [out](https://effect.website)"],
    ["a script", commandProblems, "`npm run check:static`, then `npm test`"],
    ["a function in its file", nameProblems, "`becomeLeader` in `election.ts`"],
    ["a tag without a file", nameProblems, "`TimeAdvanced`, last"]
  ])("may have %s", (_, problems, text) => {
    assert.deepStrictEqual(problems(page(text)), [])
  })
})

const execute = promisify(execFile)
const node = async (...args: ReadonlyArray<string>) =>
  (await execute(process.execPath, ["--conditions=@effect-raft/source", ...args], { cwd: root })).stdout

const withoutSpeed = (lines: string) => lines.replace(/, [\d.]+ wall s, ratio [\d.]+/, "")

describe("what the README shows", () => {
  const { text } = pageAt("README.md")

  /** The code block right below a mark. */
  const blockBelow = (mark: string) =>
    new RegExp(`<!-- ${mark} -->\\s*\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? ""

  it("the suite against other parts prints what is below it", async () => {
    const stdout = await node("--input-type=module-typescript", "--eval", blockBelow("example: own-parts"))
    assert.include(stdout, "tests passed")
    assert.strictEqual(stdout, blockBelow("output: own-parts"))
  }, 60_000)

  it("the lab prints the lines that are shown, but for the speed of the machine", async () => {
    const shown = /^\$ npm run lab --silent -- --part 4A\n([\s\S]*?)```/m.exec(text)?.[1] ?? ""
    const stdout = await node("packages/cli/src/main.ts", "lab", "--part", "4A")
    assert.include(stdout, "Passed")
    assert.strictEqual(withoutSpeed(stdout), withoutSpeed(shown))
  }, 60_000)
})
