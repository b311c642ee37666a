/**
 * Three servers in this process: their network, their disks and their lives.
 *
 * Owns one scope per running server, a child of the layer's. `crash` closes a
 * server's scope and keeps its disk; closing the layer's scope stops whatever
 * runs, and everything is forgotten.
 */
import { type KvCommand, type KvResult, KvStateMachine } from "@effect-raft/kv"
import { Cause, Context, Effect, Exit, type Fiber, Layer, Queue, Scope, Stream } from "effect"
import { MemoryDisk, MemoryNetwork, RaftOptions, RaftServer } from "effect-raft"
import { type ServerName, serverNames } from "./instruction.ts"
import { type News, newsBetween } from "./news.ts"

export type KvServer = RaftServer.RaftServer<KvCommand, KvResult>

/** Where each server keeps what outlives it. */
export type Disks = Readonly<Record<ServerName, MemoryDisk.MemoryDisk>>

/** One server as `status` shows it. A crashed one, or one that stopped by itself, only knows whether it is plugged in. */
export type ServerView =
  | { readonly _tag: "Crashed"; readonly server: ServerName; readonly connected: boolean }
  | {
      readonly _tag: "Running"
      readonly server: ServerName
      readonly connected: boolean
      readonly role: RaftServer.Change["role"]
      readonly term: number
      readonly commitIndex: number
      readonly logLength: number
    }

export class Cluster extends Context.Service<
  Cluster,
  {
    readonly status: Effect.Effect<ReadonlyArray<ServerView>>
    /** The servers a client can talk to: running, and on the network. */
    readonly reachable: Effect.Effect<ReadonlyMap<ServerName, KvServer>>
    /** Cuts a server off from the others and from clients. */
    readonly disconnect: (server: ServerName) => Effect.Effect<void>
    readonly connect: (server: ServerName) => Effect.Effect<void>
    /** Kills a server, if it runs. What its disk holds stays. */
    readonly crash: (server: ServerName) => Effect.Effect<void>
    /** Starts a server from its disk; one that runs is killed first. */
    readonly restart: (server: ServerName) => Effect.Effect<void, RaftServer.StartError>
    /** Elections and stops since the cluster began. For one reader; if it falls behind, the oldest are lost. */
    readonly news: Stream.Stream<News>
  }
>()("@effect-raft/cli/Cluster") {
  /** A new cluster, on empty disks. */
  static readonly layer: Layer.Layer<Cluster, RaftServer.StartError> = Layer.suspend(() =>
    Cluster.layerOn({ 1: MemoryDisk.make(), 2: MemoryDisk.make(), 3: MemoryDisk.make() })
  )

  /** A cluster on disks that somebody else holds, too. */
  static readonly layerOn = (disks: Disks): Layer.Layer<Cluster, RaftServer.StartError> =>
    Layer.effect(Cluster, make(disks))
}

/** A server between two crashes. */
interface Life {
  readonly server: KvServer
  readonly scope: Scope.Closeable
  /** Ends when the server stops by itself. */
  readonly stopped: Fiber.Fiber<void, unknown>
}

const isRunning = (life: Life): boolean => life.stopped.pollUnsafe() === undefined

const newsMax = 1024

/**
 * The client finds the leader itself. What a server had forwarded to a leader
 * that died may have been executed or not, and the client would have to say so.
 */
const options: RaftOptions.RaftOptionsShape = { ...RaftOptions.defaultRaftOptions, forwarding: false }

const make = Effect.fnUntraced(function* (disks: Disks) {
  const clusterScope = yield* Effect.scope
  const network = MemoryNetwork.make()
  const lives = new Map<ServerName, Life>()
  const news = yield* Queue.sliding<News>(newsMax)

  const start = Effect.fnUntraced(function* (name: ServerName) {
    const scope = yield* Scope.fork(clusterScope)
    const services = yield* Layer.buildWithScope(
      Layer.merge(MemoryDisk.layer(disks[name]), MemoryNetwork.layer(network, name)),
      scope
    )
    const server = yield* RaftServer.make({
      id: name,
      stateMachine: yield* KvStateMachine.make,
      bootstrap: serverNames
    }).pipe(
      Effect.provideContext(services),
      Effect.provideService(RaftOptions.RaftOptions, options),
      Scope.provide(scope)
    )
    const stopped = yield* Effect.forkIn(server.stopped, scope, { startImmediately: true })
    lives.set(name, { server, scope, stopped })
    yield* report(name, server).pipe(
      Stream.runForEach((item) => Queue.offer(news, item)),
      Effect.forkIn(scope, { startImmediately: true })
    )
  })

  const crash = Effect.fnUntraced(function* (name: ServerName) {
    const life = lives.get(name)
    if (life === undefined) return
    lives.delete(name)
    yield* Scope.close(life.scope, Exit.void)
  })

  const restart = (name: ServerName) => Effect.andThen(crash(name), start(name))

  const status = Effect.forEach(serverNames, (name) => {
    const connected = MemoryNetwork.isConnected(network, name)
    const life = lives.get(name)
    return life === undefined || !isRunning(life)
      ? Effect.succeed<ServerView>({ _tag: "Crashed", server: name, connected })
      : Effect.map(life.server.status, ({ role, term, commitIndex, lastIndex }): ServerView => {
          return { _tag: "Running", server: name, connected, role, term, commitIndex, logLength: lastIndex }
        })
  })

  const reachable = Effect.sync(() => {
    const connected = [...lives].filter(
      ([name, life]) => isRunning(life) && MemoryNetwork.isConnected(network, name)
    )
    return new Map(connected.map(([name, life]) => [name, life.server]))
  })

  yield* Effect.forEach(serverNames, restart, { discard: true })

  return Cluster.of({
    status,
    reachable,
    disconnect: (name) => Effect.sync(() => MemoryNetwork.disconnect(network, name)),
    connect: (name) => Effect.sync(() => MemoryNetwork.connect(network, name)),
    crash,
    restart,
    news: Stream.fromQueue(news)
  })
})

/** What happens to a server, as news, until its scope closes. */
const report = (name: ServerName, server: KvServer): Stream.Stream<News> =>
  Stream.merge(
    server.changes.pipe(
      Stream.mapAccum(
        (): RaftServer.Change | undefined => undefined,
        (before, after) => [after, newsBetween(name, before, after)] as const
      )
    ),
    Stream.fromEffect(Effect.exit(server.stopped)).pipe(
      Stream.filter(Exit.isFailure),
      Stream.map((exit): News => ({
        _tag: "Stopped",
        server: name,
        reason: String(Cause.squash(exit.cause))
      }))
    )
  )
