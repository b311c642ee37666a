/**
 * Servers under test on parts that tests can hold, break and look into.
 */
import { type Entry, type Message, type Write } from "@effect-raft/core"
import { type Cause, Clock, Effect, Exit, Latch, Layer, Queue, Random, Schema, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import {
  MemoryDisk,
  MemoryNetwork,
  Persister,
  RaftOptions,
  RaftServer,
  StateMachine,
  Transport
} from "../../src/index.ts"

export type Server = RaftServer.RaftServer<string, string>

/** Answers each command with how many there were, and itself. */
export const counting = StateMachine.pure({
  command: StateMachine.json(Schema.String),
  result: Schema.String,
  initial: 0,
  apply: (count, { command }) => [count + 1, `${count + 1}:${command}`]
})

/** Remembers every command, and takes snapshots of that. Answers as `counting` does. */
export const remembering = StateMachine.pure({
  command: StateMachine.json(Schema.String),
  result: Schema.String,
  initial: [] as ReadonlyArray<string>,
  state: StateMachine.json(Schema.Array(Schema.String)),
  apply: (all, { command }) => [[...all, command], `${all.length + 1}:${command}`]
})

/** Lets every fiber run until it waits for time. */
export const settle: Effect.Effect<void> = Effect.gen(function* () {
  for (let turn = 0; turn < 200; turn++) yield* Effect.yieldNow
})

/** Advances the clock, and lets what that wakes come to rest. */
export const pass = (duration: Parameters<typeof TestClock.adjust>[0]): Effect.Effect<void> =>
  Effect.andThen(TestClock.adjust(duration), settle)

/** A disk whose writes wait at a gate, and which fails when told. */
export interface GatedDisk {
  readonly disk: MemoryDisk.MemoryDisk
  readonly gate: Latch.Latch
  /** What each call of `submit` was given, from its beginning. */
  readonly submitted: Array<ReadonlyArray<Write>>
  /** How many calls of `submit` are under way. */
  open: number
  /** Given by every later call of `submit`. */
  writeFailure: unknown
  /** Given by every later call of `saveSnapshot`. */
  saveFailure: unknown
  /** Reads still to fail. */
  readFailures: number
  reads: number
}

export const gatedDisk = (disk = MemoryDisk.make()): GatedDisk => ({
  disk,
  gate: Latch.makeUnsafe(true),
  submitted: [],
  open: 0,
  writeFailure: undefined,
  saveFailure: undefined,
  readFailures: 0,
  reads: 0
})

export const persisterOf = (gated: GatedDisk): Persister.Persister["Service"] => {
  const inner = MemoryDisk.persister(gated.disk)
  return {
    load: inner.load,
    bootstrap: inner.bootstrap,
    submit: (writes) =>
      Effect.suspend(() => {
        gated.submitted.push(writes)
        gated.open++
        return gated.gate.await
      }).pipe(
        Effect.andThen(
          Effect.suspend(() =>
            gated.writeFailure === undefined
              ? inner.submit(writes)
              : Effect.fail(new Persister.PersisterError({ cause: gated.writeFailure }))
          )
        ),
        Effect.ensuring(
          Effect.sync(() => {
            gated.open--
          })
        )
      ),
    saveSnapshot: (heading, bytes) =>
      Effect.suspend(() =>
        gated.saveFailure === undefined
          ? inner.saveSnapshot(heading, bytes)
          : Effect.fail(new Persister.PersisterError({ cause: gated.saveFailure }))
      ),
    readSnapshot: (range) =>
      Effect.suspend((): ReturnType<typeof inner.readSnapshot> => {
        gated.reads++
        if (gated.readFailures === 0) return inner.readSnapshot(range)
        gated.readFailures--
        return Effect.fail(new Persister.PersisterError({ cause: "unreadable" }))
      }),
    compact: inner.compact,
    readEntries: (range) =>
      Effect.suspend((): Effect.Effect<ReadonlyArray<Entry>, Persister.PersisterError> => {
        gated.reads++
        if (gated.readFailures === 0) return inner.readEntries(range)
        gated.readFailures--
        return Effect.fail(new Persister.PersisterError({ cause: "unreadable" }))
      })
  }
}

/** The other end of one server's transport, held by the test. */
export interface Wire {
  readonly inbox: Queue.Queue<Transport.Inbound, Cause.Done>
  readonly sent: Array<Message>
}

export const makeWire: Effect.Effect<Wire> = Effect.map(
  Queue.unbounded<Transport.Inbound, Cause.Done>(),
  (inbox) => ({ inbox, sent: [] })
)

export const transportOf = ({ inbox, sent }: Wire): Transport.Transport["Service"] => ({
  send: (messages) => Effect.sync(() => void sent.push(...messages)),
  incoming: Stream.fromQueue(inbox)
})

export interface StartOptions {
  readonly id: string
  readonly bootstrap?: ReadonlyArray<string>
  readonly persister: Persister.Persister["Service"]
  readonly transport: Transport.Transport["Service"]
  readonly machine?: StateMachine.StateMachine<string, string>
  readonly options?: Partial<RaftOptions.RaftOptionsShape>
  /** The server's own clock; the test's unless told. */
  readonly clock?: Clock.Clock
  /** Where its randomness begins: fixed unless told, so that elections come when they came before. */
  readonly seed?: number
}

export interface Running {
  readonly server: Server
  /** Closes its scope. */
  readonly stop: Effect.Effect<void>
}

/** Figure 2 and nothing more, so that a test says all that its servers hear and store. */
export const figure2: RaftOptions.RaftOptionsShape = {
  ...RaftOptions.defaultRaftOptions,
  preVote: false,
  checkQuorum: false,
  noOp: false
}

/** A server in a scope of its own, which closes with the test's at the latest. */
export const startServer = Effect.fnUntraced(function* (from: StartOptions) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  const stateMachine = from.machine ?? (yield* counting)
  const server = yield* RaftServer.make({
    id: from.id,
    stateMachine,
    ...(from.bootstrap === undefined ? {} : { bootstrap: from.bootstrap })
  }).pipe(
    Effect.provideService(Persister.Persister, from.persister),
    Effect.provideService(Transport.Transport, from.transport),
    Effect.provideService(RaftOptions.RaftOptions, { ...figure2, ...from.options }),
    Effect.provideService(Clock.Clock, from.clock ?? (yield* Clock.Clock)),
    Random.withSeed(from.seed ?? 1),
    Scope.provide(scope)
  )
  const running: Running = { server, stop: Scope.close(scope, Exit.void) }
  return running
})

export interface Member extends Running {
  readonly id: string
  readonly disk: GatedDisk
  /** What it handed to its transport. */
  readonly sent: Array<Message>
}

export interface ClusterOptions extends Pick<StartOptions, "options" | "clock"> {
  readonly servers?: number
  /** What each server gets one of; `counting` unless told. */
  readonly makeMachine?: Effect.Effect<StateMachine.StateMachine<string, string>>
}

export interface Cluster {
  readonly network: MemoryNetwork.MemoryNetwork
  readonly members: ReadonlyArray<Member>
}

/** A network's transport that remembers what it was given. */
export const spied = Effect.fnUntraced(function* (
  network: MemoryNetwork.MemoryNetwork,
  id: string,
  sent: Array<Message>
) {
  const context = yield* Layer.build(MemoryNetwork.layer(network, id))
  const transport = yield* Effect.provide(Transport.Transport, context)
  return Transport.Transport.of({
    incoming: transport.incoming,
    send: (messages) =>
      Effect.suspend(() => {
        sent.push(...messages)
        return transport.send(messages)
      })
  })
})

/** Servers `s0`, `s1`, … on one network in memory, each on a disk of its own. */
export const startCluster = Effect.fnUntraced(function* (from: ClusterOptions = {}) {
  const network = MemoryNetwork.make()
  const bootstrap = Array.from({ length: from.servers ?? 3 }, (_, position) => `s${position}`)
  const members = yield* Effect.forEach(bootstrap, (id) =>
    Effect.gen(function* () {
      const disk = gatedDisk()
      const sent: Array<Message> = []
      const transport = yield* spied(network, id, sent)
      const machine = yield* from.makeMachine ?? counting
      const running = yield* startServer({
        ...from,
        id,
        bootstrap,
        persister: persisterOf(disk),
        transport,
        machine
      })
      return { ...running, id, disk, sent }
    })
  )
  const cluster: Cluster = { network, members }
  return cluster
})

/** The member that leads the highest term and is connected, once there is one. */
export const leaderOf = Effect.fnUntraced(function* ({ members, network }: Cluster) {
  for (let round = 0; round < 100; round++) {
    yield* pass("50 millis")
    let leader: Member | undefined
    let leads = 0
    for (const member of members) {
      const { isLeader, term } = yield* member.server.state
      if (!isLeader || term <= leads || !MemoryNetwork.isConnected(network, member.id)) continue
      leader = member
      leads = term
    }
    if (leader !== undefined) return leader
  }
  return yield* Effect.die(new Error("no leader within five virtual seconds"))
})

/** A cluster that has elected its leader and come to rest. */
export const startElected = Effect.fnUntraced(function* (from: ClusterOptions = {}) {
  const cluster = yield* startCluster(from)
  const leader = yield* leaderOf(cluster)
  yield* pass("50 millis")
  const followers = cluster.members.filter((member) => member !== leader)
  return { cluster, leader, followers }
})
