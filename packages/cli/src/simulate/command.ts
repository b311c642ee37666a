/**
 * `effect-raft simulate`: whole clusters in virtual time, under faults.
 */
import { Effect } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import type { SimulateInput } from "./simulate.ts"

/** Loaded when it is needed, so that help and most usage errors need not wait for it. */
const load = Effect.promise(() => import("./simulate.ts"))

const wholeNumber = (name: string, range: { readonly min: number; readonly max: number }) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => Number.isSafeInteger(value) && value >= range.min && value <= range.max,
      () =>
        range.max === Number.MAX_SAFE_INTEGER
          ? `a whole number, at least ${range.min}`
          : `a whole number from ${range.min} to ${range.max}`
    ),
    Flag.withMetavar("N")
  )

const most = Number.MAX_SAFE_INTEGER

const file = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.withMetavar("FILE"), Flag.optional)

const flags = {
  seed: wholeNumber("seed", { min: 0, max: most }).pipe(
    Flag.withDescription("The seed of everything, or the first of several"),
    Flag.withDefault(1)
  ),
  seeds: wholeNumber("seeds", { min: 1, max: most }).pipe(
    Flag.withDescription("How many seeds in a row; 1, or as many as --minutes leaves time for"),
    Flag.optional
  ),
  minutes: wholeNumber("minutes", { min: 1, max: most }).pipe(
    Flag.withDescription("Begin no further run after that many minutes"),
    Flag.optional
  ),
  servers: wholeNumber("servers", { min: 1, max: 9 }).pipe(
    Flag.withDescription("Servers of the cluster, 1 to 9; drawn from the seed if left out"),
    Flag.optional
  ),
  faults: Flag.String("faults").pipe(
    Flag.withDescription(
      "all: a subset of all faults, another one for each seed; none; or a list of names, all of which happen"
    ),
    Flag.withMetavar("all|none|LIST"),
    Flag.withDefault("all")
  ),
  mode: Flag.Literals("mode", ["safety", "liveness"]).pipe(
    Flag.withDescription("liveness: faults end for a majority, which then has to make progress in time"),
    Flag.withDefault("safety")
  ),
  replay: file("replay", "Run the plan in this file, as a failing run left it"),
  trace: file("trace", "Write all that happens to this file, one JSON object a line"),
  history: file("history", "Write what the clients saw in the last run to this file, one operation a line"),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON object per run"),
    Flag.withDefault(false)
  )
}

export const simulateCommand = Command.make("simulate", flags, (input: SimulateInput) =>
  Effect.flatMap(load, ({ simulate }) => simulate(input))
).pipe(
  Command.validate((input: SimulateInput) =>
    Effect.flatMap(load, ({ usageProblem }) => usageProblem(input)).pipe(
      Effect.flatMap((problem) =>
        problem === undefined ? Effect.void : Effect.fail(new CliError.ValidationError({ message: problem }))
      )
    )
  ),
  Command.withDescription(
    "Run whole clusters in virtual time under random faults, check every property after every step, and shrink what fails"
  ),
  Command.withShortDescription("Run clusters under faults, in virtual time"),
  Command.withExamples([
    { command: "effect-raft simulate --seeds 100", description: "Seeds 1 to 100, faults drawn for each" },
    {
      command: "effect-raft simulate --mode liveness --minutes 10",
      description: "Does a healed majority make progress? As many seeds as ten minutes allow"
    },
    {
      command: "effect-raft simulate --seed 7 --servers 5 --faults loss,crash --trace run.ndjson",
      description: "Look at one run"
    }
  ])
)
