/**
 * From storage to a running server: options checked, first configuration
 * written once, nothing started on storage that is not this server's.
 */
import {
  bootstrapSnapshot,
  Configuration,
  Configurations,
  emptyState,
  groupId,
  incarnation,
  isServerId,
  restart,
  type Server,
  serverId,
  type ServerId
} from "@effect-raft/core"
import { Effect, Random } from "effect"
import { InvalidOptions, type StorageFailed, WrongStorage } from "../errors.ts"
import { type LoadedState, Persister } from "../Persister.ts"
import { RaftOptions, toServerOptions } from "../RaftOptions.ts"
import type { MakeOptions } from "../raftServerModel.ts"
import { recoverSessions } from "./recoverSessions.ts"
import type { SessionTable } from "./SessionTable.ts"
import { restore } from "./snapshots.ts"
import { storageFailed } from "./storage.ts"

const grammar = "1 to 64 characters of A-Z a-z 0-9 . _ -"

/** The value of a fresh nonce is below this: what a double still counts exactly. */
const nonceEnd = 2 ** 48

const neverSnapshot = { snapshotEntriesMax: Infinity, snapshotBytesMax: Infinity }

/** The server as storage remembers it, or at the beginning of its first life. */
export const recover = Effect.fnUntraced(function* <Command, Result>(
  options: MakeOptions<Command, Result>,
  table: SessionTable<Result>,
  now: () => number
): Effect.fn.Return<Server, InvalidOptions | WrongStorage | StorageFailed, Persister> {
  const serverOptions = yield* toServerOptions(yield* RaftOptions)
  const id = yield* checkId("id", options.id)
  const first = yield* checkBootstrap(id, options.bootstrap)
  const persistent = yield* load(id, first)
  yield* checkStorage(id, persistent)

  const { snapshots } = options.stateMachine
  const lastApplied = yield* options.stateMachine.appliedIndex
  if (lastApplied > persistent.lastIndex) {
    const reason = `the state machine holds everything through index ${lastApplied}, and the log ends at ${persistent.lastIndex}: restore the log that belongs to it`
    return yield* new WrongStorage({ server: id, reason })
  }
  // Before the server takes part in anything: what is applied next goes on top of the snapshot.
  const { snapshot } = persistent
  const persister = yield* Persister
  const restored =
    snapshot !== undefined && snapshot.lastIncludedIndex > lastApplied
      ? restore(persister, snapshots, snapshot)
      : recoverSessions(persister, { machine: options.stateMachine, table }, { snapshot, lastApplied })
  yield* Effect.mapError(restored, (error) => storageFailed(id, "load", error))
  const nonce = yield* Random.nextIntBetween(1, nonceEnd)
  return restart({
    id,
    group: groupId(0),
    incarnation: incarnation(nonce),
    options: snapshots === undefined ? { ...serverOptions, ...neverSnapshot } : serverOptions,
    persistent,
    storageId: persistent.storageId,
    lastApplied,
    at: now()
  })
})

const checkId = (field: string, value: string): Effect.Effect<ServerId, InvalidOptions> =>
  isServerId(value)
    ? Effect.succeed(value)
    : Effect.fail(new InvalidOptions({ field, reason: `${JSON.stringify(value)} is not ${grammar}` }))

const refuseBootstrap = (reason: string) => new InvalidOptions({ field: "bootstrap", reason })

const checkBootstrap = Effect.fnUntraced(function* (
  id: ServerId,
  servers: ReadonlyArray<string> | undefined
): Effect.fn.Return<Configuration.Configuration | undefined, InvalidOptions> {
  if (servers === undefined) return undefined
  if (servers.length === 0) return yield* refuseBootstrap("a cluster has at least one server")
  for (const server of servers) yield* checkId("bootstrap", server)
  const duplicate = servers.find((server, position) => servers.indexOf(server) !== position)
  if (duplicate !== undefined) return yield* refuseBootstrap(`${duplicate} is listed twice`)
  if (!servers.includes(id))
    return yield* refuseBootstrap(`own id ${id} is missing from ${servers.join(", ")}`)
  return Configuration.ofVoters(servers.map(serverId))
})

/** What storage holds; writes the first configuration if it holds nothing. What it holds always wins. */
const load = Effect.fnUntraced(function* (
  id: ServerId,
  first: Configuration.Configuration | undefined
): Effect.fn.Return<LoadedState, StorageFailed, Persister> {
  const persister = yield* Persister
  const loaded = yield* Effect.mapError(persister.load, (error) => storageFailed(id, "load", error))
  const isEmpty = loaded.snapshot === undefined && loaded.lastIndex === 0
  if (!isEmpty || first === undefined) return loaded
  const snapshot = bootstrapSnapshot(first)
  yield* Effect.mapError(persister.bootstrap(snapshot), (error) => storageFailed(id, "bootstrap", error))
  return { ...emptyState, hardState: loaded.hardState, storageId: loaded.storageId, snapshot }
})

/** A configuration may pin a server to its storage: with another one, its votes and promises are forgotten. */
const checkStorage = (id: ServerId, loaded: LoadedState): Effect.Effect<void, WrongStorage> => {
  const { storageId } = loaded
  const { configuration } = Configurations.inForce(Configurations.fromPersistent(loaded))
  const pinned = Configuration.find(configuration, id)?.storageId
  if (pinned === undefined || pinned === "" || pinned === storageId) return Effect.void
  const reason = `its configuration names storage ${pinned}, this is ${storageId === "" ? "storage without a name" : storageId}: bring the right storage, or remove the server and add it anew`
  return Effect.fail(new WrongStorage({ server: id, reason }))
}
