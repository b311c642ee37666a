#!/usr/bin/env node
/**
 * The `effect-raft` command.
 *
 * Standard output carries results only; logs and complaints go to standard
 * error.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Layer, Logger, Schema } from "effect"
import { CliOutput, Command, TerminalCapabilities } from "effect/cli"
import { readFileSync } from "node:fs"
import { benchCommand } from "./bench/command.ts"
import { demoCommand } from "./demo/command.ts"
import { exploreCommand } from "./explore/command.ts"
import { labCommand } from "./lab/command.ts"
import { simulateCommand } from "./simulate/command.ts"
import { teardown } from "./exit.ts"

const effectRaft = Command.make("effect-raft").pipe(
  Command.withDescription("Raft, run three ways: a live cluster, the lab suites, the benchmarks"),
  Command.withSubcommands([demoCommand, labCommand, benchCommand, exploreCommand, simulateCommand])
)

/** Says what is wrong with an invocation without printing the whole help in front of it. */
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Effect.gen(function* () {
          const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
          const { formatErrors } = CliOutput.defaultFormatter({ colors: canColor })
          yield* Console.error(formatErrors(event.errors).trim())
          yield* Console.error(`\nSee ${event.commandPath.join(" ")} --help`)
        })
      : CliOutput.defaultPresenter.present(event)
}

const { version } = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ version: Schema.String }))
)(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

const services = Layer.mergeAll(
  TerminalCapabilities.layer,
  CliOutput.layerPresenter(presenter),
  Layer.succeed(Logger.LogToStderr, true)
).pipe(Layer.provideMerge(NodeServices.layer))

effectRaft.pipe(Command.run({ version }), Effect.provide(services), NodeRuntime.runMain({ teardown }))
