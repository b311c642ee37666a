/**
 * The demo, wired: cluster, client and the dialogue that fits the streams.
 */
import { Duration, Effect, Layer } from "effect"
import { TerminalCapabilities } from "effect/cli"
import { RaftOptions } from "effect-raft"
import { Unsuccessful } from "../exit.ts"
import { Client } from "./Client.ts"
import { Cluster } from "./Cluster.ts"
import * as DialogueLines from "./DialogueLines.ts"
import * as DialogueTerminal from "./DialogueTerminal.ts"
import { session } from "./session.ts"

/** A person waits for this long when the leader has lost its majority. */
const raftOptions = { proposalTimeout: Duration.seconds(5) }

const streams = { input: process.stdin, output: process.stdout }

const dialogue = Layer.unwrap(
  Effect.map(TerminalCapabilities.TerminalCapabilities, ({ canPrompt }) =>
    canPrompt ? DialogueTerminal.layer(streams) : DialogueLines.layer(streams)
  )
)

const services = Client.layer.pipe(
  Layer.provideMerge(Cluster.layer),
  Layer.provide(RaftOptions.layer(raftOptions)),
  Layer.merge(dialogue)
)

export const demo = session.pipe(
  Effect.provide(services),
  Effect.flatMap((isSuccess) => (isSuccess ? Effect.void : Effect.fail(new Unsuccessful())))
)
