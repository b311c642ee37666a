/**
 * Configurations and majorities as the paper defines them, found out the slow way: nothing here is what the
 * reducer goes by.
 */
import { decodeConfiguration } from "../../src/codec/configurationCodec.ts"
import type { Configuration, Member } from "../../src/configuration.ts"
import { logIndex, type ServerId } from "../../src/ids.ts"
import type { Server } from "../../src/server.ts"
import type { Cluster, Host } from "./Cluster.ts"
import type { StoredState } from "./VirtualDisk.ts"

/** A configuration, and where a log holds it; at 0 what the snapshot says. */
export interface Held {
  readonly index: number
  readonly configuration: Configuration
}

type TermAt = (index: number) => number | undefined

/** What this log holds of all the configurations that were ever written, oldest first, and before them the snapshot's. */
const heldIn = ({ history }: Cluster, { snapshot }: StoredState, termAt: TermAt): ReadonlyArray<Held> => {
  const through = snapshot?.metadata.lastIncludedIndex ?? 0
  const first: Held = { index: 0, configuration: snapshot?.metadata.configuration ?? { members: [] } }
  const above = history.configurations
    .filter(({ index, term }) => index > through && termAt(index) === term)
    .toSorted((left, right) => left.index - right.index)
    .map(({ index, payload }): Held => {
      const decoded = decodeConfiguration(payload)
      if (decoded._tag === "DecodeError") throw new Error(decoded.text)
      return { index, configuration: decoded.value }
    })
  return [first, ...above]
}

/** The configurations in the log of a server that runs. */
export const heldInMemory = (cluster: Cluster, host: Host, { log }: Server): ReadonlyArray<Held> =>
  heldIn(cluster, host.disk.issued, (index) => cluster.core.Log.termAt(log, logIndex(index)))

/** The configurations that a restart would find. */
export const heldOnDisk = (
  cluster: Cluster,
  host: Host,
  state: StoredState = host.disk.durable
): ReadonlyArray<Held> => heldIn(cluster, state, (index) => host.disk.termAt(index, state))

/** Whether the servers for which `isIn` holds are more than half of the voters, of each half if there are two. */
export const isMajority = ({ members, outgoing }: Configuration, isIn: (id: ServerId) => boolean): boolean =>
  isMoreThanHalf(members, isIn) && (outgoing === undefined || isMoreThanHalf(outgoing.members, isIn))

const isMoreThanHalf = (members: ReadonlyArray<Member>, isIn: (id: ServerId) => boolean): boolean => {
  const voters = members.filter(({ role }) => role === "Voter").map(({ id }) => id)
  return voters.filter(isIn).length * 2 > voters.length
}

/** Two majorities, one of each configuration, that share no server; `undefined` when there are none. */
export const disjointMajorities = (
  one: Configuration,
  other: Configuration
): readonly [ReadonlyArray<ServerId>, ReadonlyArray<ServerId>] | undefined => {
  const ids = [...new Set([one, other].flatMap(everyVoter))]
  for (let subset = 0; subset < 2 ** ids.length; subset++) {
    const isIn = (id: ServerId) => (subset & (1 << ids.indexOf(id))) !== 0
    if (isMajority(one, isIn) && isMajority(other, (id) => !isIn(id))) {
      return [ids.filter(isIn), ids.filter((id) => !isIn(id))]
    }
  }
  return undefined
}

const everyVoter = ({ members, outgoing }: Configuration): ReadonlyArray<ServerId> =>
  [...members, ...(outgoing?.members ?? [])].filter(({ role }) => role === "Voter").map(({ id }) => id)
