/**
 * An adversary who also changes who belongs to the cluster: a table of its own, so that what other tables draw
 * from a seed stays what it was.
 */
import { isLearner, isVoter, learner } from "../../src/configuration.ts"
import type { MemberChange } from "../../src/configurationChange.ts"
import type { RequestedChange } from "../../src/event.ts"
import type { ServerId } from "../../src/ids.ts"
import type { Server } from "../../src/server.ts"
import { type Action, actionsOf, broadcast, type ForwardKind, type Kind, perform } from "./actions.ts"
import type { Cluster, Host } from "./Cluster.ts"

/** What only this adversary does, always to somebody who believes to lead. */
type OwnKind = "Change" | "Grow" | "Reshuffle"

const isOwn = (kind: MembershipKind): kind is OwnKind =>
  kind === "Change" || kind === "Grow" || kind === "Reshuffle"

export type MembershipKind = Kind | OwnKind

export interface MembershipAction extends Omit<Action, "kind"> {
  readonly kind: MembershipKind
}

/** How often each kind is drawn, of 100. */
const weights: Readonly<Record<Exclude<MembershipKind, ForwardKind>, number>> = {
  Deliver: 9,
  Repeat: 5,
  Lose: 3,
  Persist: 7,
  Wake: 5,
  Apply: 2,
  AnswerRead: 3,
  Crash: 5,
  Compact: 2,
  Unreachable: 1,
  Flood: 1,
  Change: 11,
  Grow: 9,
  Reshuffle: 5,
  Propose: 5,
  Fade: 2,
  Transfer: 2,
  HandOver: 2,
  Exchange: 5,
  Broadcast: 8,
  Elect: 8
}

export const membershipActions = actionsOf(weights)

export const performMembership = (cluster: Cluster, action: MembershipAction): void => {
  const { kind, pick, server } = action
  if (!isOwn(kind)) return perform(cluster, { server, pick, kind })
  const leader = leaderNear(cluster, server)
  if (leader === undefined) return
  switch (kind) {
    case "Change":
      change(cluster, leader.host, changeOf(cluster, leader.server, pick))
      // Some turns go on.
      return pick % 4 === 3 ? undefined : cluster.endTurn(leader.host)
    case "Grow":
      return grow(cluster, leader.host, pick)
    case "Reshuffle":
      return reshuffle(cluster, leader, pick)
  }
}

export const change = (
  cluster: Cluster,
  host: Host,
  requested: RequestedChange,
  expectedIndex?: Server["commitIndex"]
): void =>
  cluster.tell(host, {
    _tag: "ConfigurationChangeRequested",
    at: host.clock,
    id: cluster.counters.steps,
    change: requested,
    expectedIndex
  })

interface Leading {
  readonly host: Host
  readonly server: Server
}

/** The server at this place if it leads, or else whoever believes to lead; there may be several of them. */
const leaderNear = ({ hosts }: Cluster, place: number): Leading | undefined => {
  for (let offset = 0; offset < hosts.length; offset++) {
    const host = hosts[(place + offset) % hosts.length]!
    if (host.server?.role._tag === "Leader") return { host, server: host.server }
  }
  return undefined
}

/** One that the configuration allows, for the server that `pick` names. */
const changeOf = ({ hosts }: Cluster, { configuration }: Server, pick: number): RequestedChange => {
  if (configuration.outgoing !== undefined) return { _tag: "LeaveJoint" }
  const { id } = hosts[pick % hosts.length]!
  return { _tag: "Simple", changes: [memberChange(configuration, id, pick >> 3)] }
}

const memberChange = (configuration: Server["configuration"], id: ServerId, how: number): MemberChange => {
  if (isVoter(configuration, id)) return { _tag: how === 3 ? "Demote" : "Remove", id }
  if (isLearner(configuration, id)) return { _tag: how === 3 ? "Remove" : "Promote", id }
  return { _tag: "Add", member: learner(id) }
}

/** A server joins, hears everything, and votes: as far as the state allows. */
const grow = (cluster: Cluster, leader: Host, pick: number): void => {
  const { id } = cluster.hosts[pick % cluster.hosts.length]!
  change(cluster, leader, { _tag: "Simplest", changes: [{ _tag: "Add", member: learner(id) }] })
  for (let round = 0; round < 3; round++) broadcast(cluster, leader)
  change(cluster, leader, { _tag: "Simplest", changes: [{ _tag: "Promote", id }] })
  if (pick % 2 === 0) broadcast(cluster, leader)
  else cluster.endTurn(leader)
}

/** Several at once, mostly through a joint configuration. */
const reshuffle = (cluster: Cluster, leader: Leading, pick: number): void => {
  const { configuration } = leader.server
  const changes = cluster.hosts
    .filter((_, position) => (pick & (1 << position)) !== 0)
    .map(({ id }) => memberChange(configuration, id, pick % 4))
  const requested: RequestedChange =
    pick % 3 === 0 ? { _tag: "Simple", changes } : { _tag: "EnterJoint", changes, autoLeave: pick % 5 !== 0 }
  change(cluster, leader.host, requested)
  if (pick % 2 === 0) broadcast(cluster, leader.host)
  else cluster.endTurn(leader.host)
}

const act = (kind: MembershipKind, server: number, pick = 0): MembershipAction => ({ kind, server, pick })

/** Ways to states that random runs reach too seldom to rely on. */
export const membershipSchedules: ReadonlyArray<{
  readonly name: string
  readonly size: number
  readonly spares: number
  readonly actions: ReadonlyArray<MembershipAction>
}> = [
  {
    name: "a leader of two removes itself, and stops while only its own log says so",
    size: 2,
    spares: 0,
    actions: [
      act("Elect", 0),
      act("Propose", 0),
      act("Broadcast", 0),
      act("Change", 0, 0),
      act("Persist", 0, 3),
      act("Lose", 1, 16),
      act("Crash", 0)
    ]
  }
]
