/**
 * An adversary who also changes who belongs to the cluster: a table of its own, so that what other tables draw
 * from a seed stays what it was.
 */
import { Arbitrary, Schema } from "effect"
import { isLearner, isVoter, learner } from "../../src/configuration.ts"
import type { MemberChange } from "../../src/configurationChange.ts"
import type { RequestedChange } from "../../src/event.ts"
import type { ServerId } from "../../src/ids.ts"
import type { Server } from "../../src/server.ts"
import { type Action, broadcast, type Kind, perform } from "./actions.ts"
import type { Cluster, Host } from "./Cluster.ts"

/** What only this adversary does, always to somebody who believes to lead. */
type OwnKind = "Change" | "Grow" | "Reshuffle" | "Transfer"

const isOwn = (kind: MembershipKind): kind is OwnKind =>
  kind === "Change" || kind === "Grow" || kind === "Reshuffle" || kind === "Transfer"

export type MembershipKind = Kind | OwnKind

export interface MembershipAction extends Omit<Action, "kind"> {
  readonly kind: MembershipKind
}

/** How often each kind is drawn, of 100. */
const weights: Readonly<Record<MembershipKind, number>> = {
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
  Transfer: 2,
  Change: 12,
  Grow: 10,
  Reshuffle: 5,
  Propose: 5,
  Exchange: 7,
  Broadcast: 8,
  Elect: 8
}

const drawable = (Object.keys(weights) as Array<MembershipKind>).flatMap((kind) =>
  Array.from({ length: weights[kind] }, () => kind)
)

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const action: Arbitrary.Arbitrary<MembershipAction> = Arbitrary.map(
  Arbitrary.schema(Schema.Struct({ roll: upTo(drawable.length - 1), server: upTo(4), pick: upTo(31) })),
  ({ pick, roll, server }) => ({ kind: drawable[roll]!, server, pick })
)

export const membershipActions = (
  length: Arbitrary.ArrayOptions
): Arbitrary.Arbitrary<ReadonlyArray<MembershipAction>> => Arbitrary.array(action, length)

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
    case "Transfer": {
      const target = cluster.hosts[pick % cluster.hosts.length]!.id
      const { clock } = leader.host
      cluster.tell(leader.host, { _tag: "LeadershipTransferRequested", at: clock, id: pick, target })
      return cluster.endTurn(leader.host)
    }
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

/** Several at once, through a joint configuration. */
const reshuffle = (cluster: Cluster, leader: Leading, pick: number): void => {
  const { configuration } = leader.server
  const changes = cluster.hosts
    .filter((_, position) => (pick & (1 << position)) !== 0)
    .map(({ id }) => memberChange(configuration, id, pick % 4))
  change(cluster, leader.host, { _tag: "EnterJoint", changes, autoLeave: pick % 5 !== 0 })
  if (pick % 2 === 0) broadcast(cluster, leader.host)
  else cluster.endTurn(leader.host)
}
