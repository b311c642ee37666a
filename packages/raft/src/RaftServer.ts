/**
 * One server of a cluster, as an application holds it.
 *
 * `make` owns the driver's fibers, the transport's inbox and the storage queue;
 * closing its scope ends them (the lab's `Kill`).
 */
import { logIndex, type ServerId, type Term } from "@effect-raft/core"
import { Clock, type Context, Deferred, Duration, Effect, Layer, Scope, type Stream } from "effect"
import { applier } from "./driver/apply.ts"
import * as Commands from "./driver/commands.ts"
import { Driver } from "./driver/Driver.ts"
import { begin, type Life } from "./driver/life.ts"
import { PendingProposals } from "./driver/PendingProposals.ts"
import { propose, start } from "./driver/propose.ts"
import { changeConfiguration } from "./driver/changeConfiguration.ts"
import { applyMsgs } from "./driver/appliedMessages.ts"
import { appliedFrom, type Followed, views } from "./driver/readers.ts"
import { readIndex } from "./driver/read.ts"
import { recover } from "./driver/recover.ts"
import { sessionsOf } from "./driver/sessions.ts"
import { SessionTable, withSessions } from "./driver/SessionTable.ts"
import type { Workplace } from "./driver/workplace.ts"
import { Signal } from "./driver/Signal.ts"
import { changeOf, isSameChange, statusOf } from "./driver/status.ts"
import * as Telemetry from "./driver/telemetry.ts"
import { transferLeadership } from "./driver/transferLeadership.ts"
import { Wake } from "./driver/Wake.ts"
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
import type {
  ApplyMsg,
  Change,
  ChangeError,
  ChangeOptions,
  LayerOptions,
  MakeOptions,
  MembershipChange,
  ProposeError,
  ReadConsistency,
  ReadErrorOf,
  ReadOptions,
  SessionAccess,
  Started,
  Status,
  TransferError
} from "./raftServerModel.ts"
import type * as Session from "./Session.ts"
import { Transport } from "./Transport.ts"

export type {
  ApplyMsg,
  Change,
  ChangeError,
  ChangeOptions,
  LayerOptions,
  MakeOptions,
  MemberDetails,
  MembershipChange,
  MemberStatus,
  PeerStatus,
  ProposeError,
  ReadConsistency,
  ReadError,
  ReadErrorOf,
  ReadOptions,
  SessionAccess,
  SessionCommandError,
  SessionCommandNumber,
  Started,
  Status,
  TransferError
} from "./raftServerModel.ts"

export interface RaftServer<Command, Result> {
  readonly id: ServerId
  /**
   * Replicates a command and gives the state machine's result for it.
   *
   * On any server: a follower sends it to its leader (option `forwarding`), which
   * appends it once or never, and answers with its own state machine's result.
   *
   * Never hangs: it ends within `proposalTimeout` at the latest, and two election
   * timeouts after this server has lost leadership, with `OutcomeUnknown` if the
   * next leader has not decided by then. Interrupting it forgets the answer, not
   * the command.
   */
  readonly propose: (command: Command) => Effect.Effect<Result, ProposeError>
  /** Begins to replicate a command and returns without waiting for anything (the lab's `Start`). */
  readonly start: (
    command: Command
  ) => Effect.Effect<Started, Overloaded | InvalidCommand | StorageFailed | Stopped>
  /**
   * Runs `query` once this server's state machine holds everything that was
   * acknowledged before: a linearizable read that writes nothing to the log
   * (ReadIndex, thesis §6.4). `consistency` may trade the round of messages for
   * trust in clocks, or for an older state.
   *
   * On any server: a follower asks its leader (option `forwarding`), unless
   * `staleAtMost` lets it answer by itself. Ends within `readTimeout` at the
   * latest. `query` looks at the state machine this server was made with.
   */
  readonly read: <A, E, R, Consistency extends ReadConsistency = "linearizable">(
    query: Effect.Effect<A, E, R>,
    options?: ReadOptions<Consistency>
  ) => Effect.Effect<A, E | ReadErrorOf<Consistency>, R>
  /**
   * Opens a session (§8, thesis §6.3): commands proposed in it are executed exactly
   * once, however often they have to be repeated. It is closed with its scope, and
   * expires when nothing is heard of it for `sessionSilenceMax` of log time.
   *
   * On any server; a client that can reach several makes one of `sessions` and
   * `Session.open`, and goes on at the others when this one is gone.
   */
  readonly openSession: (
    options?: Session.SessionOptions
  ) => Effect.Effect<Session.Session<Command, Result>, ProposeError, Scope.Scope>
  /** The single steps of sessions, for clients that count their commands themselves. */
  readonly sessions: SessionAccess<Command, Result>
  /** Current term, and whether this server believes to lead it (the lab's `GetState`). */
  readonly state: Effect.Effect<{ readonly term: Term; readonly isLeader: boolean }>
  readonly status: Effect.Effect<Status>
  /**
   * Hands leadership to another voter (thesis §3.10): brings its log up to this
   * server's, meanwhile refusing commands with `Overloaded`, and tells it to
   * campaign at once.
   *
   * Completes when this server follows `target`, at once if `target` is itself.
   * `TransferFailed` says whether it leads on. Never hangs: it ends within three
   * election timeouts. Interrupting it forgets the answer, not the transfer.
   */
  readonly transferLeadership: (target: string) => Effect.Effect<void, TransferError>
  /**
   * Changes who belongs to the cluster (§6): all of `changes` or none, through a
   * joint configuration where one step would be unsafe.
   *
   * Completes when the change is committed, and a joint configuration left.
   * `ChangeRefused` is definite; `OutcomeUnknown` says that it was appended and
   * may still take effect. Never hangs: it ends within `proposalTimeout` once
   * appended. Interrupting it forgets the answer, not the change.
   */
  readonly changeConfiguration: (
    changes: ReadonlyArray<MembershipChange>,
    options?: ChangeOptions
  ) => Effect.Effect<void, ChangeError>
  /** The present state, then every change of role, term, leader or commit index; a slow reader sees the latest only. */
  readonly changes: Stream.Stream<Change>
  /**
   * Every committed entry from the first, once applied (the lab's `applyCh`).
   * Where entries are forgotten, a snapshot stands for them.
   *
   * Read from the log at the reader's pace: nothing is dropped, and a slow
   * reader holds up nobody. A failed read from storage is repeated. Ends when the
   * server stops.
   */
  readonly applied: Stream.Stream<ApplyMsg<Command>>
  /** Completes when the scope closes; fails when storage does, dies of what else the server stops on. */
  readonly stopped: Effect.Effect<void, StorageFailed>
}

export type StartError = InvalidOptions | WrongStorage | StorageFailed

/**
 * Starts a server (the lab's `Make`); it runs until the scope closes.
 *
 * Transport and persister must outlive it: a layer that is provided to this
 * effect alone is gone as soon as it returns. `layer` orders all three.
 */
export const make = Effect.fnUntraced(function* <Command, Result>(
  options: MakeOptions<Command, Result>
): Effect.fn.Return<RaftServer<Command, Result>, StartError, Persister | Transport | Scope.Scope> {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const table = new SessionTable<Result>()
  const machine = withSessions(options.stateMachine, table)
  const restarted = yield* recover({ ...options, stateMachine: machine }, table, now)
  const { id } = restarted.self
  const telemetry = Telemetry.make(id, yield* Effect.context())
  const raftOptions = yield* RaftOptions
  const { electionTimeoutMax, heartbeatInterval, proposalTimeout } = raftOptions
  // Time for another leader to be elected, and to commit what it found.
  const afterLoss = Duration.times(electionTimeoutMax, 2)
  const pending = new PendingProposals({
    server: id,
    timeout: Duration.toMillis(proposalTimeout),
    timeoutOnceLost: Duration.toMillis(afterLoss),
    succeeded: (steppedAt) => telemetry.proposed(now() - steppedAt)
  })
  const driver = new Driver(restarted, now, pending)
  const commands = Commands.make(id, options.stateMachine)
  const place: Workplace = {
    server: id,
    driver,
    clock,
    persister: yield* Persister,
    transport: yield* Transport,
    apply: applier({ commands, machine, table, pending }),
    snapshots: machine.snapshots,
    pending,
    retryAfter: heartbeatInterval,
    wake: new Wake(),
    changed: new Signal(),
    telemetry,
    broken: yield* Deferred.make<never, StorageFailed>(),
    scope: yield* Scope.make()
  }
  const life = yield* begin(place, pending)
  const followed = followedOf(place, life)
  const changes = views(followed, changeOf, isSameChange)
  const watched = { place, life, changes, timeout: proposalTimeout, newsWithin: afterLoss }

  return {
    id,
    propose: (command) =>
      // Nothing below has spans of its own, so the span need not become anybody's parent.
      Effect.useSpan("RaftServer.propose", { attributes: { server: id } }, () =>
        propose<Result>(place, pending, life, commands.encode(command))
      ),
    start: (command) => Effect.suspend(() => start(place, life, commands.encode(command))),
    read: (query, options) => Effect.andThen(readIndex(place, life, options?.consistency), query),
    ...sessionsOf<Command, Result>(place, life, { commands, options: raftOptions }),
    state: Effect.sync(() => ({
      term: driver.server.currentTerm,
      isLeader: driver.server.role._tag === "Leader" && life.ended() === undefined
    })),
    status: Effect.sync(() => statusOf(driver.server)),
    transferLeadership: (target) => transferLeadership(watched, target),
    changeConfiguration: (wanted, rest) => changeConfiguration(watched, wanted, rest),
    changes,
    applied: applyMsgs(commands, appliedFrom(followed, logIndex(1))),
    stopped: life.stopped
  }
})

const followedOf = ({ changed, driver, persister, retryAfter }: Workplace, life: Life): Followed => ({
  server: () => driver.server,
  isStopped: () => life.ended() !== undefined,
  changed,
  readEntries: persister.readEntries,
  readSnapshot: persister.readSnapshot,
  retryAfter
})

/**
 * A server as a service of its own, with a state machine that is made for it.
 *
 * **Example**
 *
 * ```ts
 * class Counter extends Context.Service<Counter, RaftServer.RaftServer<number, number>>()("app/Counter") {
 *   static readonly layer = RaftServer.layer(Counter, {
 *     id: "s0",
 *     bootstrap: ["s0", "s1", "s2"],
 *     stateMachine: StateMachine.pure({
 *       command: StateMachine.json(Schema.Number),
 *       result: Schema.Number,
 *       initial: 0,
 *       apply: (total, { command }) => [total + command, total + command]
 *     })
 *   })
 * }
 * ```
 */
export const layer = <Self, Command, Result, E = never, R = never>(
  tag: Context.Key<Self, RaftServer<Command, Result>>,
  options: LayerOptions<Command, Result, E, R>
): Layer.Layer<Self, StartError | E, Persister | Transport | Exclude<R, Scope.Scope>> =>
  Layer.effect(
    tag,
    Effect.flatMap(
      Effect.isEffect(options.stateMachine) ? options.stateMachine : Effect.succeed(options.stateMachine),
      (stateMachine) => make({ ...options, stateMachine })
    )
  )
