/**
 * Servers without a will of their own: a test sees what they are given and
 * decides what they say.
 */
import { Effect, Queue, type Scope, Stream } from "effect"
import { Persister, Transport } from "effect-raft"
import {
  type LabCluster,
  type LabCommand,
  type LabProfile,
  type LabServer,
  type LabStorage,
  makeLabCluster,
  type MakeLabServer,
  memoryStorage,
  mit,
  SeededRandom,
  Trace
} from "../../src/index.ts"

/** One life of one server. */
export interface Probe {
  readonly id: string
  readonly transport: Transport.Transport["Service"]
  readonly persister: Persister.Persister["Service"]
  /** Lets this life apply entries from `index` on, also after it was killed. */
  readonly apply: (index: number, ...commands: ReadonlyArray<LabCommand>) => void
  readonly received: Array<Transport.Inbound>
  /** What it answers; a test may change it. */
  term: number
  isLeader: boolean
  nextIndex: number
  /** Commands it was given, in order. */
  readonly started: Array<LabCommand>
}

type State = Effect.Success<LabServer["state"]>
type Started = Effect.Success<ReturnType<LabServer["start"]>>
type Entry = Stream.Success<LabServer["applied"]>

/** Every life that was ever started, in order. */
export const probeServers = (): { readonly lives: Array<Probe>; readonly makeServer: MakeLabServer } => {
  const lives: Array<Probe> = []
  const makeServer: MakeLabServer = Effect.fnUntraced(function* ({ id }) {
    const applied = yield* Queue.unbounded<Entry>()
    const probe: Probe = {
      id,
      transport: yield* Transport.Transport,
      persister: yield* Persister.Persister,
      apply: (index, ...commands) => {
        for (const [position, command] of commands.entries()) {
          Queue.offerUnsafe(applied, { index: index + position, term: 1, command } as Entry)
        }
      },
      received: [],
      term: 1,
      isLeader: false,
      nextIndex: 1,
      started: []
    }
    lives.push(probe)
    yield* Effect.forkScoped(
      Stream.runForEach(probe.transport.incoming, (inbound) =>
        Effect.sync(() => probe.received.push(inbound))
      )
    )
    return {
      state: Effect.sync(() => ({ term: probe.term, isLeader: probe.isLeader }) as State),
      start: (command) =>
        Effect.sync(() => {
          probe.started.push(command)
          const index = probe.isLeader ? probe.nextIndex++ : 0
          return { index, term: probe.term, isLeader: probe.isLeader } as Started
        }),
      applied: Stream.fromQueue(applied),
      stopped: Effect.never
    }
  })
  return { lives, makeServer }
}

export interface ProbeOptions {
  readonly servers?: number
  readonly profile?: LabProfile
  readonly isReliable?: boolean
  readonly storage?: LabStorage
  /** Servers that are not just probes. */
  readonly makeServer?: MakeLabServer
}

/** A cluster of probes, connected. */
export const probeCluster = (
  options: ProbeOptions = {}
): Effect.Effect<
  {
    readonly cluster: LabCluster
    readonly lives: ReadonlyArray<Probe>
    readonly servers: ReadonlyArray<Probe>
  },
  unknown,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const { lives, makeServer: makeProbe } = probeServers()
    const makeServer = options.makeServer ?? makeProbe
    const cluster = yield* makeLabCluster({
      servers: options.servers ?? 3,
      isReliable: options.isReliable ?? true,
      profile: options.profile ?? mit,
      random: new SeededRandom(1),
      trace: new Trace(),
      makeServer,
      storage: options.storage ?? memoryStorage,
      carrier: undefined
    })
    return { cluster, lives, servers: lives.slice(0, cluster.size) }
  })
