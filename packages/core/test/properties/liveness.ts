/**
 * Once faults stop, the cluster comes back by itself: a leader is elected and everything it holds is
 * committed and applied everywhere, within a bounded time.
 */
import { flood, settleHost } from "../support/actions.ts"
import type { Cluster, Host } from "../support/Cluster.ts"
import { isIdle } from "../support/idle.ts"
import { check } from "./property.ts"

/** How long everything takes that takes time: a message, a write, an application (ms). */
const tick = 5

/** Ten election timeouts: enough for several split votes in a row. */
const boundOf = (cluster: Cluster): number => 10 * cluster.options.electionTimeoutMax

/** Lets the cluster run without faults, and fails unless it recovers. Gives the milliseconds that it took. */
export const liveness = (cluster: Cluster): number => {
  for (const host of cluster.hosts) cluster.restart(host, true)
  for (const host of cluster.hosts) settleHost(cluster, host)
  const elected = runUntil(cluster, boundOf(cluster), () => leaderOf(cluster) !== undefined)
  check(
    elected !== undefined,
    "Liveness",
    () => `no leader after ${boundOf(cluster)} ms: ${describe(cluster)}`
  )

  const agreed = runUntil(cluster, boundOf(cluster), () => {
    proposeFirst(cluster)
    return hasAppliedAll(cluster)
  })
  check(
    agreed !== undefined,
    "Liveness",
    () => `not all is applied after ${boundOf(cluster)} ms: ${describe(cluster)}`
  )
  return elected + agreed
}

/**
 * An entry of the leader's own term takes all older ones with it (§5.4.2). Where there is one, nothing new
 * may come to the help of what was lost on the way. While it hands over, a leader takes none.
 */
const proposeFirst = (cluster: Cluster): void => {
  const leader = leaderOf(cluster)
  if (leader === undefined || leader.server!.log.lastTerm === leader.server!.currentTerm) return
  cluster.propose(leader, 1)
}

const runUntil = (cluster: Cluster, bound: number, isDone: () => boolean): number | undefined => {
  for (let elapsed = 0; elapsed <= bound; elapsed += tick) {
    if (isDone()) return elapsed
    flood(cluster, () => true)
    for (const host of cluster.hosts) {
      host.clock += tick
      if (!isIdle(host)) settleHost(cluster, host)
      else if (cluster.core.nextDeadline(host.server!) <= host.clock) cluster.endTurn(host)
    }
  }
  return undefined
}

/** The leader that everybody follows. */
const leaderOf = ({ core, hosts }: Cluster): Host | undefined => {
  const id = core.leaderId(hosts[0]!.server!)
  const isCommon = hosts.every(({ server }) => core.leaderId(server!) === id)
  return isCommon ? hosts.find((host) => host.id === id) : undefined
}

const hasAppliedAll = (cluster: Cluster): boolean => {
  const leader = leaderOf(cluster)?.server
  if (leader === undefined) return false
  return cluster.hosts.every(
    ({ applied, server }) => applied === leader.log.lastIndex && server!.log.lastIndex === applied
  )
}

const describe = ({ hosts }: Cluster): string =>
  hosts
    .map(({ applied, server }) => {
      const { commitIndex, currentTerm, log, role } = server!
      return `${server!.self.id} ${role._tag} term ${currentTerm} log ${log.lastIndex}:${log.lastTerm} commit ${commitIndex} applied ${applied}`
    })
    .join("; ")
