/**
 * One test project per package, and `repo` for the tests of the repository itself.
 */
import { readdirSync } from "node:fs"
import { defineConfig } from "vitest/config"

/** Packages resolve to their sources, as they do for Node and the type checker. */
const conditions = ["@effect-raft/source"]

const project = (name: string, root: string) => ({
  extends: true as const,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, root, include: ["test/**/*.test.ts"] }
})

export default defineConfig({
  test: {
    projects: [
      ...readdirSync("packages").map((name) => project(name, `packages/${name}`)),
      project("repo", ".")
    ]
  }
})
