/**
 * An adversary who plays with time that all servers share: answers come late, leaders are replaced as soon as
 * anybody may, clocks go back, and reads that rely on clocks are asked all the time.
 */
import type { ReadConsistency } from "../../src/event.ts"
import type { Message } from "../../src/message.ts"
import { actionsOf, exchange, flood } from "./actions.ts"
import type { Cluster, Host } from "./Cluster.ts"
import { type MembershipAction, type MembershipKind, performMembership } from "./membershipActions.ts"
import { setBack } from "./sharedTime.ts"

type OwnKind = "Ask" | "LateAnswers" | "LateHeartbeats" | "Pass" | "SetBack" | "Usurp"

const isOwn = (kind: ClockKind): kind is OwnKind =>
  kind === "Ask" ||
  kind === "LateAnswers" ||
  kind === "LateHeartbeats" ||
  kind === "Pass" ||
  kind === "SetBack" ||
  kind === "Usurp"

export type ClockKind = MembershipKind | OwnKind

export interface ClockAction extends Omit<MembershipAction, "kind"> {
  readonly kind: ClockKind
}

/** How often each kind is drawn, of 100. */
const weights: Readonly<
  Record<Exclude<ClockKind, "Change" | "Grow" | "Reshuffle" | "Compact" | "Elect" | "Replay">, number>
> = {
  Deliver: 8,
  Repeat: 5,
  Lose: 5,
  Persist: 3,
  Wake: 6,
  Apply: 1,
  AnswerRead: 1,
  Crash: 4,
  Unreachable: 1,
  Flood: 1,
  Fade: 1,
  Transfer: 2,
  HandOver: 3,
  Propose: 5,
  SetBack: 3,
  LateAnswers: 8,
  LateHeartbeats: 5,
  Pass: 4,
  Usurp: 8,
  Exchange: 7,
  Broadcast: 8,
  Ask: 11
}

export const clockActions = actionsOf(weights)

export const performWithClocks = (cluster: Cluster, action: ClockAction): void => {
  const { kind, pick, server } = action
  if (!isOwn(kind)) return performMembership(cluster, { server, pick, kind })
  const host = cluster.hosts[server % cluster.hosts.length]!
  if (host.server === undefined) return cluster.restart(host, pick % 2 === 0)
  switch (kind) {
    case "Ask":
      return cluster.read(host, clockConsistency(pick))
    case "LateAnswers":
      wakeLeader(cluster, host)
      flood(cluster, ({ from }) => from === host.id)
      host.clock += pick * 15
      return flood(cluster, ({ to }) => to === host.id)
    case "LateHeartbeats":
      wakeLeader(cluster, host)
      host.clock += pick * 15
      return flood(cluster, ({ from }) => from === host.id)
    case "Pass":
      host.clock += (pick + 1) * 20
      return
    case "SetBack":
      // A clock that goes back between two turns goes unseen, like any other that runs wrong.
      cluster.endTurn(host)
      setBack(host, (pick + 1) * 20)
      return cluster.endTurn(host)
    case "Usurp":
      return usurp(cluster, host, cluster.hosts[pick % cluster.hosts.length]!)
  }
}

export const clockConsistency = (pick: number): ReadConsistency | undefined => {
  if (pick % 8 === 0) return undefined
  return pick % 2 === 1 ? { _tag: "Lease" } : { _tag: "Stale", atMost: (pick + 1) * 40 }
}

const wakeLeader = (cluster: Cluster, host: Host): void => {
  if (host.server?.role._tag === "Leader") cluster.wake(host)
}

/** An election at the first moment at which this server campaigns; if it wins, it soon commits something. */
const usurp = (cluster: Cluster, host: Host, peer: Host): void => {
  if (host.server?.role._tag === "Leader") return
  cluster.timeout(host)
  const isOf =
    (tag: Message["_tag"]) =>
    ({ _tag, from, to }: Message) =>
      _tag === tag && (from === host.id || to === host.id)
  flood(cluster, isOf("PreVoteRequest"))
  flood(cluster, isOf("PreVoteResponse"))
  cluster.persist(host, Infinity)
  flood(cluster, isOf("RequestVoteRequest"))
  flood(cluster, isOf("RequestVoteResponse"))
  exchange(cluster, host, peer, false)
  exchange(cluster, host, peer, false)
}
