/**
 * What the suite needs of a server, and the library's own as the default.
 */
import { Effect, type Scope } from "effect"
import { type Persister, RaftOptions, RaftServer, type StateMachine, type Transport } from "effect-raft"
import type { LabCommand } from "./labCommand.ts"

/** The part of a `RaftServer` that the suite uses. */
export type LabServer = Pick<
  RaftServer.RaftServer<LabCommand, unknown>,
  "start" | "state" | "applied" | "stopped"
>

export interface LabServerOptions {
  readonly id: string
  /** All servers of the cluster, own id included. */
  readonly servers: ReadonlyArray<string>
}

/** Starts one life of a server. It must not wait for anything to be applied. */
export type MakeLabServer = (
  options: LabServerOptions
) => Effect.Effect<LabServer, RaftServer.StartError, Persister.Persister | Transport.Transport | Scope.Scope>

/**
 * Servers of this library over a state machine that is made anew for each life.
 *
 * Whatever options are in force, they append no entry before the first command:
 * the suite expects it at index 1.
 */
export const raftServer =
  (stateMachine: Effect.Effect<StateMachine.StateMachine<LabCommand, unknown>>): MakeLabServer =>
  ({ id, servers }) =>
    Effect.flatMap(stateMachine, (machine) =>
      RaftServer.make({ id, stateMachine: machine, bootstrap: servers }).pipe(
        Effect.updateService(RaftOptions.RaftOptions, (chosen) => ({ ...chosen, noOp: false }))
      )
    )
