/**
 * One server of a cluster, as an application holds it.
 *
 * `make` owns the driver's fibers, the transport's inbox and the storage queue;
 * closing its scope ends them (the lab's `Kill`).
 */
import { logIndex, type ServerId, type Term } from "@effect-raft/core"
import { Clock, Duration, Effect, Latch, type Scope, Stream } from "effect"
import * as Commands from "./driver/commands.ts"
import { Driver } from "./driver/Driver.ts"
import { begin } from "./driver/life.ts"
import { PendingProposals } from "./driver/PendingProposals.ts"
import { propose, start } from "./driver/propose.ts"
import { entriesFrom, type Followed, views } from "./driver/readers.ts"
import { recover } from "./driver/recover.ts"
import type { Workplace } from "./driver/run.ts"
import { Signal } from "./driver/Signal.ts"
import { changeOf, isSameChange, statusOf } from "./driver/status.ts"
import { storageFailed } from "./driver/storage.ts"
import * as Telemetry from "./driver/telemetry.ts"
import type {
  InvalidCommand,
  InvalidOptions,
  Overloaded,
  StorageFailed,
  Stopped,
  WrongStorage
} from "./errors.ts"
import { Persister } from "./Persister.ts"
import { RaftOptions } from "./RaftOptions.ts"
import type { ApplyMsg, Change, MakeOptions, ProposeError, Started, Status } from "./raftServerModel.ts"
import { Transport } from "./Transport.ts"

export type {
  ApplyMsg,
  Change,
  MakeOptions,
  PeerStatus,
  ProposeError,
  Started,
  Status
} from "./raftServerModel.ts"

export interface RaftServer<Command, Result> {
  readonly id: ServerId
  /**
   * Replicates a command and gives the state machine's result for it.
   *
   * Never hangs: it ends within `proposalTimeout` at the latest. Interrupting it
   * forgets the answer, not the command.
   */
  readonly propose: (command: Command) => Effect.Effect<Result, ProposeError>
  /** Begins to replicate a command and returns without waiting for anything (the lab's `Start`). */
  readonly start: (
    command: Command
  ) => Effect.Effect<Started, Overloaded | InvalidCommand | StorageFailed | Stopped>
  /** Current term, and whether this server believes to lead it (the lab's `GetState`). */
  readonly state: Effect.Effect<{ readonly term: Term; readonly isLeader: boolean }>
  readonly status: Effect.Effect<Status>
  /** The present state, then every change of role, term, leader or commit index; a slow reader sees the latest only. */
  readonly changes: Stream.Stream<Change>
  /**
   * Every committed entry from the first, once applied (the lab's `applyCh`).
   *
   * Read from the log at the reader's pace: nothing is dropped, and a slow
   * reader holds up nobody. Ends when the server stops.
   */
  readonly applied: Stream.Stream<ApplyMsg<Command>, StorageFailed>
  /** Completes when the server stops by itself: with its reason, or when its scope closes. */
  readonly stopped: Effect.Effect<void, StorageFailed>
}

export type StartError = InvalidOptions | WrongStorage | StorageFailed

/** Starts a server (the lab's `Make`); it runs until the scope closes. */
export const make = Effect.fnUntraced(function* <Command, Result>(
  options: MakeOptions<Command, Result>
): Effect.fn.Return<RaftServer<Command, Result>, StartError, Persister | Transport | Scope.Scope> {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const restarted = yield* recover(options, now)
  const { id } = restarted.self
  const pending = new PendingProposals(id)
  const driver = new Driver(restarted, now, pending)
  const commands = Commands.make(id, options.stateMachine)
  const place: Workplace = {
    server: id,
    driver,
    clock,
    persister: yield* Persister,
    transport: yield* Transport,
    apply: Commands.applier(commands, options.stateMachine, pending),
    wake: yield* Latch.make(true),
    changed: new Signal(),
    telemetry: Telemetry.make(id, yield* Effect.context()),
    scope: yield* Effect.scope
  }
  const life = yield* begin(place, pending)
  const followed: Followed = {
    server: () => driver.server,
    isStopped: () => life.ended() !== undefined,
    changed: place.changed
  }
  const { proposalTimeout } = yield* RaftOptions
  const timeoutMillis = Duration.toMillis(proposalTimeout)

  return {
    id,
    propose: (command) =>
      Effect.flatMap(commands.encode(command), (payload) =>
        propose<Result>(place, pending, life, payload, now() + timeoutMillis)
      ).pipe(Effect.withSpan("RaftServer.propose", { attributes: { server: id } })),
    start: (command) => Effect.flatMap(commands.encode(command), (payload) => start(place, life, payload)),
    state: Effect.sync(() => ({
      term: driver.server.currentTerm,
      isLeader: driver.server.role._tag === "Leader" && life.ended() === undefined
    })),
    status: Effect.sync(() => statusOf(driver.server)),
    changes: views(followed, changeOf, isSameChange),
    applied: entriesFrom(followed, logIndex(1), place.persister.readEntries).pipe(
      Stream.map(({ index, kind, payload, term }) => ({
        index,
        term,
        command: kind === "Command" ? commands.decode(payload) : undefined
      })),
      Stream.mapError((error) => storageFailed(id, "readEntries", error))
    ),
    stopped: life.stopped
  }
})
