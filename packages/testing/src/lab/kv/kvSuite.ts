/**
 * Part kv: the university's 23 tests of a replicated key/value map, 3A without
 * snapshots and 3B with them.
 *
 * Each test ends with a check that the original makes after few of them, and
 * there with a way out: the history of its clerks is linearizable.
 */
import { Effect } from "effect"
import type { LabFailure } from "../LabFailure.ts"
import type { LabTest } from "../LabTest.ts"
import { type GenericOptions, runGeneric } from "./generic.ts"
import { KvLab } from "./KvLab.ts"
import type { KvService } from "./KvService.ts"
import { kvServers } from "./kvServer.ts"
import { installSnapshot, oneKey, onePartition, snapshotSize, speed } from "./scenarios.ts"

interface Scenario {
  readonly name: string
  readonly servers: number
  readonly isReliable: boolean
  /** Bytes of log after which a snapshot is due; `undefined`: there are no snapshots. */
  readonly raftStateMax: number | undefined
  readonly run: (kv: KvLab) => Effect.Effect<void, LabFailure>
}

type Faults = Partial<Pick<GenericOptions, "crash" | "partitions" | "randomKeys">> & {
  readonly unreliable?: boolean
}

/** The generic test, on five servers unless told otherwise. */
const generic = (
  name: string,
  size: { readonly clients: number; readonly servers?: number },
  { crash = false, partitions = false, randomKeys = false, unreliable = false }: Faults,
  raftStateMax?: number
): Scenario => ({
  name,
  servers: size.servers ?? 5,
  isReliable: !unreliable,
  raftStateMax,
  run: (kv) => runGeneric(kv, { clients: size.clients, crash, partitions, randomKeys, raftStateMax })
})

const one = { clients: 1 }
const many = { clients: 5 }
const most = { clients: 15, servers: 7 }

const withoutSnapshots = { isReliable: true, raftStateMax: undefined }

const part3A: ReadonlyArray<Scenario> = [
  generic("one client (3A)", one, {}),
  { ...withoutSnapshots, name: "ops complete fast enough (3A)", servers: 3, run: speed },
  generic("many clients (3A)", many, {}),
  generic("unreliable net, many clients (3A)", many, { unreliable: true }),
  {
    ...withoutSnapshots,
    name: "concurrent append to same key, unreliable (3A)",
    servers: 3,
    isReliable: false,
    run: oneKey
  },
  {
    ...withoutSnapshots,
    name: "progress in majority, none in minority, completion after heal (3A)",
    servers: 5,
    run: onePartition
  },
  generic("partitions, one client (3A)", one, { partitions: true }),
  generic("partitions, many clients (3A)", many, { partitions: true }),
  generic("restarts, one client (3A)", one, { crash: true }),
  generic("restarts, many clients (3A)", many, { crash: true }),
  generic("unreliable net, restarts, many clients (3A)", many, { unreliable: true, crash: true }),
  generic("restarts, partitions, many clients (3A)", many, { crash: true, partitions: true }),
  generic("unreliable net, restarts, partitions, many clients (3A)", many, {
    unreliable: true,
    crash: true,
    partitions: true
  }),
  generic("unreliable net, restarts, partitions, random keys, many clients (3A)", most, {
    unreliable: true,
    crash: true,
    partitions: true,
    randomKeys: true
  })
]

const raftStateMax = 1000
const withSnapshots = { isReliable: true, raftStateMax }

const part3B: ReadonlyArray<Scenario> = [
  { ...withSnapshots, name: "InstallSnapshot RPC (3B)", servers: 3, run: installSnapshot(raftStateMax) },
  { ...withSnapshots, name: "snapshot size is reasonable (3B)", servers: 3, run: snapshotSize(raftStateMax) },
  { ...withSnapshots, name: "ops complete fast enough (3B)", servers: 3, run: speed },
  generic("restarts, snapshots, one client (3B)", one, { crash: true }, raftStateMax),
  generic("restarts, snapshots, many clients (3B)", { clients: 20 }, { crash: true }, raftStateMax),
  generic("unreliable net, snapshots, many clients (3B)", many, { unreliable: true }, raftStateMax),
  generic(
    "unreliable net, restarts, snapshots, many clients (3B)",
    many,
    { unreliable: true, crash: true },
    raftStateMax
  ),
  generic(
    "unreliable net, restarts, partitions, snapshots, many clients (3B)",
    many,
    { unreliable: true, crash: true, partitions: true },
    raftStateMax
  ),
  generic(
    "unreliable net, restarts, partitions, snapshots, random keys, many clients (3B)",
    most,
    { unreliable: true, crash: true, partitions: true, randomKeys: true },
    raftStateMax
  )
]

/** The tests of part kv over a map of one's choice. */
export const kvTests = <Command, Result>(service: KvService<Command, Result>): ReadonlyArray<LabTest> =>
  [...part3A, ...part3B].map(({ isReliable, name, raftStateMax: max, run, servers }) => ({
    part: "kv",
    name,
    servers,
    isReliable,
    // What is applied is judged by what clerks see.
    rules: { longDelays: false, commandlessEntries: "Ignored" },
    prepare: () => kvServers({ service, raftStateMax: max }),
    run: (lab) => {
      const kv = new KvLab(lab)
      return Effect.andThen(run(kv), kv.checkHistory)
    }
  }))
