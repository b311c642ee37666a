/**
 * `effect-raft lab`: the university's suites.
 */
import { Effect, Option } from "effect"
import { CliError, Command, Flag } from "effect/cli"
import type { LabInput } from "./lab.ts"

/** Loaded when it is needed, so that help and most usage errors need not wait for it. */
const load = Effect.promise(() => import("./lab.ts"))

const wholeNumber = (name: string, min: number) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => Number.isSafeInteger(value) && value >= min,
      () => `a whole number, at least ${min}`
    ),
    Flag.withMetavar("N")
  )

const flags = {
  part: Flag.Literals("part", ["4A", "4B", "2D", "kv", "all"]).pipe(
    Flag.withDescription(
      "Elections (4A), replication and persistence (4B), snapshots (2D), or a key/value service (kv)"
    ),
    Flag.withDefault("all")
  ),
  profile: Flag.Literals("profile", ["mit", "bu"]).pipe(
    Flag.withDescription("Which edition of the suite: mit is harsher on the network, bu on what is applied"),
    Flag.withDefault("mit")
  ),
  test: Flag.String("test").pipe(
    Flag.withDescription("Only the test of this name"),
    Flag.withMetavar("NAME"),
    Flag.optional
  ),
  seed: wholeNumber("seed", 0).pipe(
    Flag.withDescription("The seed of everything random, or the first of several"),
    Flag.withDefault(1)
  ),
  seeds: wholeNumber("seeds", 1).pipe(
    Flag.withDescription("How many seeds in a row to run the tests with"),
    Flag.withDefault(1)
  ),
  clock: Flag.Literals("clock", ["test", "virtual", "real"]).pipe(
    Flag.withDescription("Effect's TestClock, a faster virtual clock, or the real one"),
    Flag.withDefault("virtual")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON object per test"),
    Flag.withDefault(false)
  ),
  trace: Flag.String("trace").pipe(
    Flag.withDescription("Write every network event and applied entry to this file, one JSON object a line"),
    Flag.withMetavar("FILE"),
    Flag.optional
  )
}

export const labCommand = Command.make("lab", flags, (input: LabInput) =>
  Effect.flatMap(load, ({ lab }) => lab(input))
).pipe(
  Command.validate((input: LabInput) =>
    Option.isNone(input.test)
      ? Effect.void
      : Effect.flatMap(load, ({ selectTests, testNames }) =>
          selectTests(input).length > 0
            ? Effect.void
            : Effect.fail(new CliError.ValidationError({ message: noSuchTest(input, testNames(input.part)) }))
        )
  ),
  Command.withDescription("Run the university's suites against this library, in virtual time"),
  Command.withShortDescription("Run the university's suites"),
  Command.withExamples([
    { command: "effect-raft lab --profile bu", description: "All parts, as one university runs them" },
    { command: "effect-raft lab --seeds 50", description: "The same with seeds 1 to 50" },
    {
      command: 'effect-raft lab --test "Figure 8" --seed 7 --trace f8.ndjson',
      description: "Look at one run"
    }
  ])
)

const noSuchTest = (input: LabInput, names: ReadonlyArray<string>): string => {
  const name = Option.getOrElse(input.test, () => "")
  const where = input.part === "all" ? "" : ` in part ${input.part}`
  return `Invalid value for flag --test: "${name}". There is no such test${where}. Expected one of:\n${names.map((known) => `  ${known}`).join("\n")}`
}
