/**
 * Whole servers for scenarios: the real driver on a network and disks in memory, in virtual time.
 */
import { Effect, Exit, Latch, Layer, Random, Schema, Scope } from "effect"
import { MemoryDisk, MemoryNetwork, Persister, RaftOptions, RaftServer, StateMachine } from "effect-raft"

export type Server = RaftServer.RaftServer<string, number>

/** The commands that a state machine was given. It outlives the server, as a durable one would. */
export interface Ledger {
  readonly commands: Array<string>
  /** Through which index of the log. */
  through: number
}

const command = StateMachine.json(Schema.String)

/** `isDurable`: it tells the server how far it has come, so that it is given nothing twice. */
const machineOf = (ledger: Ledger, isDurable: boolean): StateMachine.StateMachine<string, number> => ({
  command,
  result: Schema.Number,
  appliedIndex: Effect.sync(() => (isDurable ? ledger.through : 0) as never),
  apply: (committed) =>
    Effect.sync(() =>
      committed.map(({ command, index }) => {
        ledger.commands.push(command)
        ledger.through = index
        return ledger.commands.length
      })
    )
})

/** A place for one server, life after life. */
export interface Site {
  readonly id: string
  readonly voters: ReadonlyArray<string> | undefined
  readonly network: MemoryNetwork.MemoryNetwork
  disk: MemoryDisk.MemoryDisk
  readonly ledger: Ledger
  /** Closed: storage takes writes and does not answer. */
  readonly gate: Latch.Latch
  /** How many writes storage was ever given at once, and how many calls were under way at most. */
  readonly calls: { open: number; most: number }
}

export interface Running extends Site {
  readonly server: Server
  readonly stop: Effect.Effect<void>
}

export const siteOf = (
  network: MemoryNetwork.MemoryNetwork,
  id: string,
  voters: ReadonlyArray<string> | undefined,
  storageId = ""
): Site => ({
  id,
  voters,
  network,
  disk: MemoryDisk.make({ storageId }),
  ledger: { commands: [], through: 0 },
  gate: Latch.makeUnsafe(true),
  calls: { open: 0, most: 0 }
})

/** Storage that stands still while the gate is closed. */
const gated = ({ calls, disk, gate }: Site): Persister.Persister["Service"] => {
  const inner = MemoryDisk.persister(disk)
  return {
    ...inner,
    submit: (writes) =>
      Effect.suspend(() => {
        calls.open++
        calls.most = Math.max(calls.most, calls.open)
        return gate.await
      }).pipe(Effect.andThen(inner.submit(writes)), Effect.ensuring(Effect.sync(() => void calls.open--)))
  }
}

export interface StartOptions {
  /** Its state machine remembers how far it has come. */
  readonly isDurable?: boolean
  readonly options?: Partial<RaftOptions.RaftOptionsShape>
  /** In place of the one that writes the ledger. */
  readonly machine?: StateMachine.StateMachine<string, number>
}

/** A state machine that counts its commands, and takes snapshots of that number. */
export const counting = StateMachine.pure({
  command,
  result: Schema.Number,
  initial: 0,
  state: StateMachine.json(Schema.Number),
  apply: (count) => [count + 1, count + 1]
})

/** One life of a server, until `stop` or the end of the scenario. */
export const start = Effect.fnUntraced(function* (
  site: Site,
  { isDurable = false, machine, options = {} }: StartOptions = {}
) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  // Begun before the server, in the same scope: it ends after it.
  const transport = yield* Scope.provide(Layer.build(MemoryNetwork.layer(site.network, site.id)), scope)
  const server = yield* RaftServer.make({
    id: site.id,
    stateMachine: machine ?? machineOf(site.ledger, isDurable),
    ...(site.voters === undefined ? {} : { bootstrap: site.voters })
  }).pipe(
    Effect.provideService(Persister.Persister, gated(site)),
    Effect.provide(transport),
    Effect.provide(RaftOptions.layer(options)),
    Random.withSeed(site.id.charCodeAt(0)),
    Scope.provide(scope)
  )
  const running: Running = { ...site, server, stop: Scope.close(scope, Exit.void) }
  return running
})

/** The server among these that leads the highest term, once there is one. */
export const leaderAmong = Effect.fnUntraced(function* (servers: ReadonlyArray<Running>) {
  for (let round = 0; round < 200; round++) {
    yield* Effect.sleep("50 millis")
    let leader: Running | undefined
    let leads = 0
    for (const running of servers) {
      const { isLeader, term } = yield* running.server.state
      if (!isLeader || term <= leads) continue
      leader = running
      leads = term
    }
    if (leader !== undefined) return leader
  }
  return yield* Effect.die(new Error("no leader within ten virtual seconds"))
})

/** Servers A, B and C with their leader, and time for it to commit its first entry. */
export const startThree = Effect.fnUntraced(function* (options: StartOptions["options"] = {}) {
  const network = MemoryNetwork.make()
  const ids = ["A", "B", "C"]
  const servers = yield* Effect.forEach(ids, (id) => start(siteOf(network, id, ids), { options }))
  const leader = yield* leaderAmong(servers)
  yield* Effect.sleep("200 millis")
  return { network, servers, leader, others: servers.filter((server) => server !== leader) }
})
