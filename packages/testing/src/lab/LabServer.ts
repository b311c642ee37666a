/**
 * What the suite needs of a server, and the library's own as the default.
 */
import { Effect, type Scope, type Stream } from "effect"
import { type Persister, RaftOptions, RaftServer, type StateMachine, type Transport } from "effect-raft"
import type { AppliedEntry } from "./ApplyHistory.ts"
import type { RpcHandlers } from "./rpc.ts"
import type { LabCommand } from "./labCommand.ts"

/** What a server applied: an entry, or a snapshot in the place of all through `index`. */
export interface LabApplied extends AppliedEntry {
  /** The snapshot's bytes. */
  readonly snapshot?: Uint8Array
}

/** The part of a `RaftServer` that the suite uses. */
export interface LabServer extends Pick<
  RaftServer.RaftServer<LabCommand, unknown>,
  "start" | "state" | "stopped"
> {
  readonly applied: Stream.Stream<LabApplied>
  /** Answers calls that are no messages of Raft: those of the service's clients. */
  readonly handlers?: RpcHandlers
}

/** What the tests with snapshots have their servers replicate. */
export interface LabService {
  readonly stateMachine: StateMachine.StateMachine<LabCommand, unknown>
  /** A snapshot is due after so many entries, and stands for all of them. */
  readonly snapshotEntries: number
}

export interface LabServerOptions {
  readonly id: string
  /** All servers of the cluster, own id included. */
  readonly servers: ReadonlyArray<string>
  /** To be used instead of a state machine of one's own. */
  readonly service?: LabService
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
  ({ id, servers, service }) =>
    Effect.flatMap(service === undefined ? stateMachine : Effect.succeed(service.stateMachine), (machine) =>
      RaftServer.make({ id, stateMachine: machine, bootstrap: servers }).pipe(
        Effect.updateService(RaftOptions.RaftOptions, (chosen) => ({
          ...chosen,
          noOp: false,
          ...(service && { snapshotEntriesMax: service.snapshotEntries, trailingEntries: 0 })
        }))
      )
    )
