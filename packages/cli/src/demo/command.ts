/**
 * `effect-raft demo`: what `npm start` runs.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"

export const demoCommand = Command.make("demo", {}, () =>
  // Loaded when it runs, so that help and usage errors need not wait for it.
  Effect.flatMap(
    Effect.promise(() => import("./demo.ts")),
    ({ demo }) => demo
  )
).pipe(
  Command.withDescription(
    "Run a live cluster of three servers in this process, serving a key/value map, driven from standard input"
  ),
  Command.withShortDescription("Run a live three-server cluster, driven from standard input"),
  Command.withExamples([
    { command: "effect-raft demo", description: "Talk to the cluster; help lists what it understands" },
    {
      command: "printf 'put x 1\\nget x\\n' | effect-raft demo",
      description: "One answer line for each command"
    }
  ])
)
