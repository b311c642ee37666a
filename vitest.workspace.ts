/**
 * One test project per package, and `repo` for the tests of the repository itself.
 */
import { readdirSync } from "node:fs"
import { defineConfig } from "vitest/config"

/** Packages resolve to their sources, as they do for Node and the type checker. */
const conditions = ["@effect-raft/source"]

/** Packing and installing is heavy: it waits for the packages' own tests, some of which measure time. */
const repositoryOrder = 2

/** Not 0, the default: where there is but one worker, vitest runs what has the default order last. */
const packageOrder = 1

/** Most tests compute: on a machine that is busy with something else five seconds, the default, may not be enough for any of them. */
const testTimeout = 60_000

const project = (name: string, root: string, groupOrder: number) => ({
  extends: true as const,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root, include: ["test/**/*.test.ts"], sequence: { groupOrder }, testTimeout }
})

export default defineConfig({
  test: {
    projects: [
      ...readdirSync("packages").map((name) => project(name, `packages/${name}`, packageOrder)),
      project("repo", ".", repositoryOrder)
    ]
  }
})
