/**
 * Once faults stop, the cluster comes back by itself: a leader is elected and everything it holds is
 * committed and applied everywhere, within a bounded time.
 */
import { find, isVoter } from "../../src/configuration.ts"
import type { Server } from "../../src/server.ts"
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
    proposeOwn(cluster)
    return hasAppliedAll(cluster) && isSettled(cluster)
  })
  check(
    agreed !== undefined,
    "Liveness",
    () => `not all is applied after ${boundOf(cluster)} ms: ${describe(cluster)}`
  )
  return elected + agreed
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

/** The leader that everybody in its configuration follows. */
const leaderOf = (cluster: Cluster): Host | undefined =>
  cluster.hosts.find(
    ({ id, server }) =>
      server!.role._tag === "Leader" &&
      followersOf(cluster, server!).every((host) => cluster.core.leaderId(host.server!) === id)
  )

const followersOf = ({ hosts }: Cluster, { configuration }: Server): ReadonlyArray<Host> =>
  hosts.filter(({ id }) => find(configuration, id) !== undefined)

/**
 * An entry of the leader's own term takes all older ones with it (§5.4.2). Where there is one, nothing new may
 * come to the help of what was lost on the way.
 */
const proposeOwn = (cluster: Cluster): void => {
  const leader = leaderOf(cluster)
  if (leader === undefined || leader.server!.log.lastTerm === leader.server!.currentTerm) return
  cluster.propose(leader, 1)
}

/** No joint configuration waits to be left by itself, and whoever leads has a vote. */
const isSettled = (cluster: Cluster): boolean => {
  const leader = leaderOf(cluster)?.server
  if (leader === undefined) return false
  const { configuration, self } = leader
  return configuration.outgoing?.autoLeave !== true && isVoter(configuration, self.id)
}

const hasAppliedAll = (cluster: Cluster): boolean => {
  const leader = leaderOf(cluster)?.server
  if (leader === undefined) return false
  return followersOf(cluster, leader).every(
    ({ applied, server }) => applied === leader.log.lastIndex && server!.log.lastIndex === applied
  )
}

const describe = ({ hosts }: Cluster): string =>
  hosts
    .map(({ applied, server }) => {
      const { commitIndex, configuration, currentTerm, log, role } = server!
      const members = configuration.members.map((member) => `${member.id}${member.role.at(0)}`)
      const outgoing = configuration.outgoing?.members.map(({ id }) => id) ?? []
      const inForce = `${members.join("")}<${outgoing.join("")}`
      return `${server!.self.id} ${role._tag} term ${currentTerm} ${inForce} log ${log.lastIndex}:${log.lastTerm} commit ${commitIndex} applied ${applied}`
    })
    .join("; ")
