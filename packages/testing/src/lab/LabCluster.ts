/**
 * The laboratory: servers that can be started, crashed, cut off and joined
 * again, with everything they apply checked as it arrives.
 *
 * Servers that are connected form one full mesh, the others are alone. The
 * cluster's scope owns the network and every server; what is still running
 * when it closes is killed.
 */
import { Cause, Deferred, Effect, Exit, Scope, Stream } from "effect"
import { Persister, type RaftServer, Transport } from "effect-raft"
import type { SeededRandom } from "../SeededRandom.ts"
import { type DiskSize, diskSize } from "./diskSize.ts"
import { ApplyHistory } from "./ApplyHistory.ts"
import type { LabCommand } from "./labCommand.ts"
import { labFailure, type LabFailure } from "./LabFailure.ts"
import * as LabNetwork from "./LabNetwork.ts"
import type { LabApplied, LabServer, MakeLabServer } from "./LabServer.ts"
import { decodeSnapshot } from "./labSnapshot.ts"
import type { LabDisk, LabStorage } from "./LabStorage.ts"
import * as LabRpc from "./rpc.ts"
import * as LabTransport from "./labTransport.ts"
import type { LinkEnd } from "./parcel.ts"
import type { LabProfile } from "./profile.ts"
import type { Trace } from "./Trace.ts"

/** Makes what carries one server's messages once the network has let them through. */
export type MakeCarrier = (id: string) => Effect.Effect<Transport.Transport["Service"], never, Scope.Scope>

export interface LabClusterOptions {
  readonly servers: number
  readonly isReliable: boolean
  readonly profile: LabProfile
  readonly random: SeededRandom
  readonly trace: Trace
  readonly makeServer: MakeLabServer
  readonly storage: LabStorage
  readonly carrier: MakeCarrier | undefined
}

/** One life of a server. */
interface Life {
  readonly server: LabServer
  readonly scope: Scope.Closeable
  isKilled: boolean
}

const notAccepted = { index: 0, term: 0, isLeader: false }

export class LabCluster {
  readonly size: number
  readonly profile: LabProfile
  readonly random: SeededRandom
  readonly network: LabNetwork.LabNetwork
  readonly history: ApplyHistory
  /** Operations that clients of a service have finished. */
  operations = 0
  /** Warnings of tests: worth a line, not a failure. */
  readonly warnings: Array<string> = []
  /** Fails when a server breaks a rule outside the test's own flow. */
  readonly fatal: Deferred.Deferred<never, LabFailure>
  private readonly options: LabClusterOptions
  private readonly scope: Scope.Scope
  private readonly names: ReadonlyArray<string>
  private readonly lives: Array<Life | undefined>
  private readonly connected: Array<boolean>
  private readonly disks: Array<LabDisk | undefined>
  private readonly ends: Array<ReadonlyArray<LinkEnd>>

  constructor(
    options: LabClusterOptions,
    resources: {
      readonly network: LabNetwork.LabNetwork
      readonly fatal: Deferred.Deferred<never, LabFailure>
      readonly scope: Scope.Scope
    }
  ) {
    const { servers } = options
    this.options = options
    this.size = servers
    this.profile = options.profile
    this.random = options.random
    this.network = resources.network
    this.fatal = resources.fatal
    this.scope = resources.scope
    this.history = new ApplyHistory(servers, options.profile)
    this.names = Array.from({ length: servers }, (_, server) => `s${server}`)
    this.lives = this.names.map(() => undefined)
    this.connected = this.names.map(() => false)
    this.disks = this.names.map(() => undefined)
    this.ends = this.names.map(() => [])
  }

  /** Ids of the servers, in order. */
  get servers(): ReadonlyArray<number> {
    return this.names.map((_, server) => server)
  }

  /** `server + distance`, around the circle. */
  neighbour(server: number, distance: number): number {
    return (server + distance) % this.size
  }

  isConnected(server: number): boolean {
    return this.connected[server] ?? false
  }

  isAlive(server: number): boolean {
    return this.lives[server] !== undefined
  }

  /** Requests that reached a server's present life. */
  rpcCount(server: number): number {
    return this.network.rpcCount(this.names[server]!)
  }

  /** Kills what runs there and begins a new life from what was saved. Does not connect it. */
  start(server: number): Effect.Effect<void, LabFailure> {
    return Effect.gen({ self: this }, function* () {
      yield* this.crash(server)
      const name = this.names[server]!
      const ends = this.names.map((peer) => this.network.makeEnd(name, peer))
      this.ends[server] = ends
      const saved = this.disks[server]
      const disk = yield* saved === undefined ? this.options.storage.make(name) : saved.copy
      this.disks[server] = disk
      this.history.restart(server)

      const scope = yield* Scope.fork(this.scope)
      const labTransport = yield* this.openTransport(name, ends).pipe(Scope.provide(scope))
      const raft = yield* this.options.makeServer({ id: name, servers: this.names }).pipe(
        Effect.provideServiceEffect(Persister.Persister, disk.open),
        Effect.provideService(Transport.Transport, labTransport.transport),
        Scope.provide(scope),
        Effect.mapError((error) => labFailure(`server ${server} did not start: ${error.message}`))
      )
      const life: Life = { server: raft, scope, isKilled: false }
      this.lives[server] = life
      yield* Effect.forkIn(this.watch(server, life), this.scope, { startImmediately: true })
      const { networkServer } = labTransport
      this.network.register(
        name,
        raft.handlers === undefined
          ? networkServer
          : yield* LabRpc.makeServer(name, raft.handlers, networkServer)
      )
      this.note("Started", server)
    })
  }

  /** Cuts a server off, saves what it has stored so far, and kills it. */
  crash(server: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.disconnect(server)
      this.network.delete(this.names[server]!)
      yield* this.copyDisk(server)
      const life = this.lives[server]
      if (life === undefined) return
      life.isKilled = true
      yield* Scope.close(life.scope, Exit.void)
      this.lives[server] = undefined
      yield* this.copyDisk(server)
      this.note("Crashed", server)
    })
  }

  connect(server: number): void {
    this.connected[server] = true
    for (const peer of this.servers) {
      if (this.connected[peer] === true) this.setLinks(server, peer, true)
    }
    this.note("Connected", server)
  }

  disconnect(server: number): void {
    this.connected[server] = false
    for (const peer of this.servers) this.setLinks(server, peer, false)
    this.note("Disconnected", server)
  }

  /** A handle on a server for somebody outside the cluster. */
  makeEnd(caller: string, server: number): LinkEnd {
    return this.network.makeEnd(caller, this.names[server]!)
  }

  /** Connects servers of one part with each other, and with no others. Those of no part are alone. */
  partition(parts: ReadonlyArray<ReadonlyArray<number>>): void {
    for (const server of this.servers) {
      for (const peer of this.servers) {
        const isTogether = parts.some((part) => part.includes(server) && part.includes(peer))
        this.setLinks(server, peer, isTogether)
      }
    }
    this.options.trace.partition(this.network.now(), parts)
  }

  /** Asks one server to replicate a command; one that is down accepts nothing. */
  submit(server: number, command: LabCommand): Effect.Effect<RaftServer.Started | typeof notAccepted> {
    const life = this.lives[server]
    if (life === undefined) return Effect.succeed(notAccepted)
    return life.server.start(command).pipe(
      Effect.catch((error) =>
        // A server that is being killed, or has too much to do, has appended nothing.
        error._tag === "Stopped" || error._tag === "Overloaded"
          ? Effect.succeed(notAccepted)
          : this.die(`server ${server} refused a command: ${error.message}`)
      )
    )
  }

  /** What a server believes; `undefined` when it is down. */
  state(server: number): Effect.Effect<{ readonly term: number; readonly isLeader: boolean } | undefined> {
    return this.lives[server]?.server.state ?? Effect.undefined
  }

  /** Bytes on the disks of all servers, down or not. */
  get diskSizes(): Effect.Effect<ReadonlyArray<DiskSize>> {
    return Effect.forEach(
      this.disks.flatMap((disk) => (disk === undefined ? [] : [disk])),
      (disk) => Effect.orDie(diskSize(disk))
    )
  }

  /** Ends the test from wherever this happens. */
  private die(assertion: string): Effect.Effect<never> {
    return Effect.andThen(
      Deferred.fail(this.fatal, labFailure(assertion, this.history.describe())),
      Effect.never
    )
  }

  private openTransport(name: string, ends: ReadonlyArray<LinkEnd>) {
    const { carrier } = this.options
    return Effect.flatMap(carrier === undefined ? Effect.undefined : carrier(name), (carried) =>
      LabTransport.make({
        network: this.network,
        ends: new Map(ends.map((end) => [end.serverName, end])),
        carrier: carried
      })
    )
  }

  /** Takes what a life applies, and notices when it stops although nobody killed it. */
  private watch(server: number, life: Life): Effect.Effect<void> {
    const reader = Stream.runForEachArray(life.server.applied, (entries) => {
      for (const entry of entries) {
        if (life.isKilled && this.profile.deadServerEntries === "Discarded") continue
        const broken = this.record(server, entry)
        if (broken !== undefined) return this.die(`apply error: ${broken}`)
      }
      return Effect.void
    })
    const stopped = life.server.stopped.pipe(
      Effect.andThen(
        Effect.suspend(() => (life.isKilled ? Effect.void : this.die(`server ${server} stopped`)))
      )
    )
    return Effect.all([reader, stopped], { concurrency: "unbounded", discard: true }).pipe(
      Effect.catchCause((cause) =>
        life.isKilled || Cause.hasInterruptsOnly(cause)
          ? Effect.void
          : this.die(`server ${server} stopped by itself: ${Cause.pretty(cause)}`)
      )
    )
  }

  private record(server: number, { command, index, snapshot }: LabApplied): string | undefined {
    const { trace } = this.options
    if (snapshot === undefined) {
      trace.applied(this.network.now(), server, index, command)
      return this.history.record(server, { index, command })
    }
    trace.restored(this.network.now(), server, index)
    return this.history.install(server, decodeSnapshot(snapshot))
  }

  private copyDisk(server: number): Effect.Effect<void> {
    const disk = this.disks[server]
    if (disk === undefined) return Effect.void
    return Effect.map(disk.copy, (copy) => {
      this.disks[server] = copy
    })
  }

  private setLinks(server: number, peer: number, enabled: boolean): void {
    const out = this.ends[server]![peer]
    const back = this.ends[peer]![server]
    if (out !== undefined) out.enabled = enabled
    if (back !== undefined) back.enabled = enabled
  }

  private note(event: "Started" | "Crashed" | "Connected" | "Disconnected", server: number): void {
    this.options.trace.cluster(this.network.now(), event, server)
  }
}

/** A cluster whose servers all run and are connected. */
export const make = Effect.fnUntraced(function* (options: LabClusterOptions) {
  const fatal = yield* Deferred.make<never, LabFailure>()
  const network = yield* LabNetwork.make({
    random: options.random,
    trace: options.trace,
    onDefect: (error) => {
      Deferred.doneUnsafe(fatal, Effect.fail(labFailure(`the network died: ${String(error)}`)))
    }
  })
  network.reliable = options.isReliable
  network.longDelays = options.profile.longDelays
  const scope = yield* Effect.scope
  const cluster = new LabCluster(options, { network, fatal, scope })
  for (const server of cluster.servers) yield* cluster.start(server)
  for (const server of cluster.servers) cluster.connect(server)
  return cluster
})
