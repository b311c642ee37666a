/**
 * The packages as a stranger gets them: built from a copy of the sources, so that no other build is in the
 * way, packed, and installed from the tarballs into an empty project that knows nothing of this repository.
 */
import { execFile } from "node:child_process"
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, delimiter, dirname, join } from "node:path"
import { root } from "./sources.ts"

export interface Tarball {
  readonly name: string
  readonly filename: string
  readonly files: ReadonlyArray<{ readonly path: string }>
}

export interface Installed {
  /** The empty project. */
  readonly project: string
  readonly tarballs: ReadonlyArray<Tarball>
}

/** What the empty project says to the compiler: strict, down into declarations, and with none of our conditions. */
const consumerOptions = {
  compilerOptions: {
    strict: true,
    module: "NodeNext",
    target: "ES2024",
    types: ["node"],
    noEmit: true,
    skipLibCheck: false
  },
  include: ["*.ts"]
}

/** Builds, packs and installs below `folder`. */
export const installTarballs = async (folder: string): Promise<Installed> => {
  const copy = join(folder, "repository")
  const project = join(folder, "project")
  copySources(copy)
  await run(copy, "node", [tsc, "-b", ...packageFolders(copy).map((name) => `packages/${name}`)])

  const packed = await run(copy, "npm", ["pack", "--workspaces", "--json", "--pack-destination", folder])
  const tarballs = JSON.parse(packed) as ReadonlyArray<Tarball>

  mkdirSync(project)
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "stranger", private: true, type: "module" })
  )
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(consumerOptions))
  const thirdParties = ["effect", "@types/node"].map((name) => `${name}@${versionOf(name)}`)
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"]
  await run(project, "npm", [
    ...install,
    ...thirdParties,
    ...tarballs.map(({ filename }) => join(folder, filename))
  ])
  return { project, tarballs }
}

export const typeCheck = (project: string): Promise<string> => run(project, "node", [tsc, "-p", "."])

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "effect-raft-pack-"))

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** Runs a program to its end and gives what it printed; unless it exits with 0, rejects with all that it said. */
export const run = (
  cwd: string,
  program: string,
  parameters: ReadonlyArray<string>,
  input = ""
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env: strangersEnvironment(), timeout: 120_000 }
    const child = execFile(program, parameters, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${program} ${parameters.join(" ")}\n${stdout}${stderr}`, { cause: error }))
    })
    child.stdin?.end(input)
  })

const tsc = join(root, "node_modules", "typescript", "bin", "tsc")

const versionOf = (name: string): string => {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"))
  return (manifest as { readonly version: string }).version
}

/** The sources and what it takes to build them; third-party packages are the repository's, ours are the copy's. */
const copySources = (copy: string): void => {
  const built = new Set(["node_modules", "dist", ".tsbuild"])
  mkdirSync(join(copy, "node_modules", "@effect-raft"), { recursive: true })
  for (const name of ["package.json", "tsconfig.base.json"]) cpSync(join(root, name), join(copy, name))
  cpSync(join(root, "packages"), join(copy, "packages"), {
    recursive: true,
    filter: (source) => !built.has(basename(source))
  })
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@effect-raft" && name !== "effect-raft") link(join(root, "node_modules", name), copy, name)
  }
  for (const folder of packageFolders(copy)) {
    const path = join(copy, "packages", folder)
    const { name } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as { readonly name: string }
    link(path, copy, name)
  }
}

const link = (target: string, copy: string, name: string): void =>
  symlinkSync(target, join(copy, "node_modules", name), "junction")

const packageFolders = (copy: string): ReadonlyArray<string> => readdirSync(join(copy, "packages"))

/** This process's environment without what the test runner and the npm around it have put there. */
const strangersEnvironment = (): NodeJS.ProcessEnv => {
  const ours =
    /^(?:npm_(?:package|lifecycle)_|npm_config_(?:local_prefix|prefix)$|VITEST|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$)/
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`
  }
}
