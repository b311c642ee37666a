/**
 * `effect-raft explore`: every state of a small cluster, by the real reducer.
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import type { ExploreInput } from "./explore.ts"

const wholeNumber = (name: string, range: { readonly min: number; readonly max: number }) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => Number.isSafeInteger(value) && value >= range.min && value <= range.max,
      () => (range.max < most ? `a whole number, ${range.min} to ${range.max}` : `at least ${range.min}`)
    ),
    Flag.withMetavar("N")
  )

const most = Number.MAX_SAFE_INTEGER

const onOff = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const flags = {
  servers: wholeNumber("servers", { min: 1, max: 5 }).pipe(
    Flag.withDescription("Servers of the cluster"),
    Flag.withDefault(3)
  ),
  terms: wholeNumber("terms", { min: 1, max: most }).pipe(
    Flag.withDescription("Nobody campaigns in a term above this one"),
    Flag.withDefault(2)
  ),
  entries: wholeNumber("entries", { min: 0, max: most }).pipe(
    Flag.withDescription("Commands that a leader's log may hold"),
    Flag.withDefault(1)
  ),
  states: wholeNumber("states", { min: 1, max: most }).pipe(
    Flag.withDescription("Stop at this many distinct states"),
    Flag.withDefault(1_000_000)
  ),
  seconds: wholeNumber("seconds", { min: 1, max: most }).pipe(
    Flag.withDescription("Stop after this many seconds"),
    Flag.withDefault(60)
  ),
  depth: wholeNumber("depth", { min: 1, max: most }).pipe(
    Flag.withDescription("Stop at this many actions from the first state"),
    Flag.withDefault(most)
  ),
  promptDisk: onOff("prompt-disk", "Every write is durable before anything else happens"),
  preVote: onOff("pre-vote", "With PreVote"),
  checkQuorum: onOff("check-quorum", "With CheckQuorum"),
  noOp: onOff("no-op", "With a no-op at the start of a term"),
  transfers: onOff("transfers", "With leadership transfers"),
  json: onOff("json", "Print one JSON object a line: the steps to a violation, then the result")
}

export const exploreCommand = Command.make("explore", flags, (input: ExploreInput) =>
  // Loaded when it is needed, so that help and usage errors need not wait for it.
  Effect.flatMap(
    Effect.promise(() => import("./explore.ts")),
    ({ explore }) => explore(input)
  )
).pipe(
  Command.withDescription(
    "Visit every state that a small cluster can come to, and check every property in each; a violation is shown by a shortest way to it"
  ),
  Command.withShortDescription("Visit every state of a small cluster"),
  Command.withExamples([
    { command: "effect-raft explore", description: "Three servers, two terms, one command" },
    {
      command: "effect-raft explore --servers 2 --entries 2 --prompt-disk",
      description: "A model small enough to be visited whole"
    },
    { command: "effect-raft explore --pre-vote --check-quorum", description: "More of the protocol" }
  ])
)
