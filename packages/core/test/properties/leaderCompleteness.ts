import type { Configuration } from "../../src/configuration.ts"
import { logIndex, type Term } from "../../src/ids.ts"
import type { Cluster, Host, Observer, Stepped } from "../support/Cluster.ts"
import { heldInMemory, heldOnDisk, isMajority } from "../support/majorities.ts"
import { check } from "./property.ts"

/** A log as an election sees it. */
interface Candidate {
  readonly host: Host
  readonly configuration: Configuration
  readonly lastIndex: number
  readonly lastTerm: Term
  /** A snapshot stands for everything through here. */
  readonly lastIncludedIndex: number
  readonly termAt: (index: number) => Term | undefined
}

/**
 * A committed entry is present in the logs of the leaders of all higher-numbered terms (§5.4).
 *
 * Real leaders are rare in short runs, so it is checked for every possible one too: whoever has a log that
 * a quorum would vote for must hold everything committed. Once with the servers as they are, and once as
 * if all of them had just lost power.
 */
export const leaderCompleteness = (): Observer => ({
  stepped: (step) => {
    const { after, before, cluster, host } = step
    if (after.role._tag === "Leader" && before.role._tag !== "Leader") checkLeader(step)
    if (after.log === before.log && after.commitIndex === before.commitIndex) return
    checkElectable(cluster, cluster.hosts.map(inMemory(cluster)), `when ${host.id} stepped`)
    checkElectable(cluster, cluster.hosts.map(onDisk(cluster)), `if all crashed when ${host.id} stepped`)
  },
  persisted: (cluster, host) => {
    checkElectable(cluster, cluster.hosts.map(onDisk(cluster)), `if all crashed after a write of ${host.id}`)
  }
})

const checkLeader = ({ after, cluster, host }: Stepped): void => {
  for (const entry of cluster.history.committed) {
    if (entry === undefined || entry.index <= after.log.lastIncludedIndex) continue
    if (entry.inTerm >= after.currentTerm) continue
    const term = cluster.core.Log.termAt(after.log, logIndex(entry.index))
    const holds = term === entry.term
    check(holds, "LeaderCompleteness", () => `${host.id}, elected, lacks ${entry.index}:${entry.term}`)
  }
}

const checkElectable = (cluster: Cluster, candidates: ReadonlyArray<Candidate>, when: string): void => {
  for (const candidate of candidates) {
    const votes = candidates.filter((voter) => isUpToDate(candidate, voter)).map(({ host }) => host.id)
    if (!isMajority(candidate.configuration, (id) => votes.includes(id))) continue
    for (const entry of cluster.history.committed) {
      if (entry === undefined) continue
      const term = candidate.termAt(entry.index)
      const holds = term === entry.term || entry.index <= candidate.lastIncludedIndex
      check(holds, "LeaderCompleteness", () => {
        const what = `${entry.index}:${entry.term}, committed by ${entry.by} in term ${entry.inTerm}`
        return `${candidate.host.id} could be elected without ${what}, ${when}`
      })
    }
  }
}

const isUpToDate = (candidate: Candidate, voter: Candidate): boolean =>
  candidate.lastTerm > voter.lastTerm ||
  (candidate.lastTerm === voter.lastTerm && candidate.lastIndex >= voter.lastIndex)

const inMemory =
  (cluster: Cluster) =>
  (host: Host): Candidate => {
    const { server } = host
    if (server === undefined) return onDisk(cluster)(host)
    return {
      host,
      configuration: heldInMemory(cluster, host, server).at(-1)!.configuration,
      lastIndex: server.log.lastIndex,
      lastTerm: server.log.lastTerm,
      lastIncludedIndex: server.log.lastIncludedIndex,
      termAt: (index) => cluster.core.Log.termAt(server.log, logIndex(index))
    }
  }

const onDisk =
  (cluster: Cluster) =>
  (host: Host): Candidate => ({
    host,
    configuration: heldOnDisk(cluster, host).at(-1)!.configuration,
    lastIndex: host.disk.lastIndex(),
    lastTerm: host.disk.lastTerm(),
    lastIncludedIndex: host.disk.lastIncludedIndex,
    termAt: (index) => host.disk.termAt(index)
  })
