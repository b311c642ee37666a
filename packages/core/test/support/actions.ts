/**
 * What an adversary may do to a cluster, as data: sequences of it are drawn at random, shrink by leaving
 * actions out, and mean something in any state.
 */
import { Arbitrary, Schema } from "effect"
import type { Message } from "../../src/message.ts"
import type { Cluster, Host } from "./Cluster.ts"

export type Kind =
  | "Deliver"
  | "Repeat"
  | "Lose"
  | "Persist"
  | "Wake"
  | "Apply"
  | "AnswerRead"
  | "Crash"
  | "Compact"
  | "Unreachable"
  | "Flood"
  | "Broadcast"
  | "Exchange"
  | "Propose"
  | "Elect"
  | ElectionKind
  | ForwardKind

/** What only means something with PreVote, CheckQuorum and transfers. */
type ElectionKind = "Fade" | "Transfer" | "HandOver"

/** What only means something where commands are forwarded. */
export type ForwardKind = "Replay"

export interface Action {
  readonly kind: Kind
  readonly server: number
  /** Which message, how many, which peer: whatever the kind leaves open. */
  readonly pick: number
}

/** How often each kind is drawn, of 100. Generators like the ends of a range: the first kind and the last come twice as often. */
const weights: Readonly<Record<Exclude<Kind, ElectionKind | ForwardKind>, number>> = {
  Deliver: 12,
  Repeat: 7,
  Lose: 4,
  Persist: 9,
  Wake: 6,
  Apply: 4,
  AnswerRead: 5,
  Crash: 5,
  Compact: 3,
  Unreachable: 2,
  Flood: 1,
  Broadcast: 8,
  Exchange: 11,
  Propose: 14,
  Elect: 9
}

/** As `weights`, with elections in all their kinds. A table of its own, so that seeds of the other stay what they were. */
const electionWeights: Readonly<Record<Exclude<Kind, ForwardKind>, number>> = {
  Deliver: 11,
  Repeat: 9,
  Lose: 4,
  Persist: 8,
  Wake: 9,
  Apply: 2,
  AnswerRead: 2,
  Crash: 6,
  Compact: 1,
  Unreachable: 1,
  Flood: 1,
  Broadcast: 9,
  Exchange: 9,
  Propose: 6,
  Fade: 5,
  Transfer: 6,
  HandOver: 4,
  Elect: 9
}

/** Few leaders, and followers that are asked a lot, restart, and hear old messages again. */
const forwardWeights: Readonly<Record<Exclude<Kind, "Transfer" | "HandOver">, number>> = {
  Deliver: 12,
  Repeat: 8,
  Lose: 6,
  Replay: 14,
  Fade: 3,
  Persist: 4,
  Wake: 6,
  Apply: 2,
  AnswerRead: 1,
  Crash: 5,
  Compact: 1,
  Unreachable: 1,
  Flood: 3,
  Broadcast: 12,
  Exchange: 4,
  Propose: 17,
  Elect: 3
}

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

/** What draws actions of these kinds, as often as the table says. */
export const actionsOf = <K extends string>(table: Readonly<Record<K, number>>) => {
  const drawable = (Object.keys(table) as Array<K>).flatMap((kind) =>
    Array.from({ length: table[kind] }, () => kind)
  )
  const action: Arbitrary.Arbitrary<Omit<Action, "kind"> & { readonly kind: K }> = Arbitrary.map(
    Arbitrary.schema(Schema.Struct({ roll: upTo(drawable.length - 1), server: upTo(4), pick: upTo(31) })),
    ({ pick, roll, server }) => ({ kind: drawable[roll]!, server, pick })
  )
  return (length: Arbitrary.ArrayOptions) => Arbitrary.array(action, length)
}

export const actions = actionsOf(weights)
export const electionActions = actionsOf(electionWeights)
export const forwardActions = actionsOf(forwardWeights)

export const perform = (cluster: Cluster, { kind, pick, server }: Action): void => {
  const host = cluster.hosts[server % cluster.hosts.length]!
  // Whatever is asked of a server that is down wakes it first.
  if (host.server === undefined) return cluster.restart(host, pick % 2 === 0)
  switch (kind) {
    case "Deliver":
    case "Repeat":
      return handleMessage(cluster, host, { kind, server, pick })
    case "Lose":
      return lose(cluster, host, pick)
    case "Replay": {
      const old = cluster.oldForwards.filter(({ to }) => to === host.id)
      const message = old[pick % Math.max(1, old.length)]
      return message === undefined ? undefined : cluster.deliver(message)
    }
    case "Persist":
      return cluster.persist(host, 1 + (pick % 4), pick < 24)
    case "Wake":
      return cluster.wake(host)
    case "Propose":
      return propose(cluster, host, pick)
    case "Apply":
      cluster.apply(host, 1 + (pick % 3))
      if (pick % 2 === 0) cluster.obeySnapshotOrder(host)
      return pick % 4 === 0 ? cluster.save(host) : undefined
    case "AnswerRead":
      cluster.answerRead(host, pick % 2 === 0)
      return cluster.endTurn(host)
    case "Crash":
      // Half of the crashes take with them what was on its way.
      if (pick >= 16) lose(cluster, host, pick)
      return cluster.crash(host, pick % 3)
    case "Compact":
      return cluster.compact(host)
    case "Unreachable":
      return reportUnreachable(cluster, host, pick)
    case "Elect":
      return pick % 8 === 3 ? stutter(cluster, host) : elect(cluster, host, slowDisk(cluster, pick))
    case "Exchange":
      return exchange(cluster, host, cluster.hosts[pick % cluster.hosts.length]!, pick >= 20)
    case "Broadcast":
      return broadcast(cluster, host, slowDisk(cluster, pick))
    case "Flood":
      return flood(cluster, () => true, slowDisk(cluster, pick))
    case "Fade":
      // Somebody's time passes, and whether it hears of that is left open.
      host.clock += (pick + 1) * 50
      return pick % 4 === 0 ? cluster.endTurn(host) : undefined
    case "Transfer":
      cluster.transfer(host, cluster.hosts[pick % cluster.hosts.length]!)
      return pick % 2 === 0 ? cluster.endTurn(host) : undefined
    case "HandOver":
      return handOver(cluster, host, cluster.hosts[pick % cluster.hosts.length]!)
  }
}

/** A few commands in one turn, in a turn that goes on, or in enough turns to fill a pipeline: which one peer may miss. */
const propose = (cluster: Cluster, host: Host, pick: number): void => {
  if (pick < 22) {
    cluster.propose(host, 1 + (pick % 3))
    if (pick < 18) cluster.endTurn(host)
    return
  }
  for (let turn = 0; turn < cluster.options.inflightMessagesMax; turn++) {
    cluster.propose(host, 1)
    cluster.endTurn(host)
  }
  if (pick >= 28) lose(cluster, cluster.hosts[pick % cluster.hosts.length]!, pick)
}

/** Odd picks leave the turn open, and the largest comes with a clock that went back. */
const handleMessage = (cluster: Cluster, host: Host, { kind, pick }: Action): void => {
  const arriving = cluster.bag.filter(({ to }) => to === host.id)
  const message = arriving[(pick >> 1) % Math.max(1, arriving.length)]
  if (message === undefined) return
  if (kind !== "Repeat") cluster.take(message)
  if (kind === "Repeat") cluster.counters.repeats++
  cluster.deliver(message, pick === 31 ? 250 : 0)
  if (pick % 2 === 0) cluster.endTurn(host)
}

/** One message to this server is lost, or all of them. */
const lose = (cluster: Cluster, host: Host, pick: number): void => {
  const arriving = cluster.bag.filter(({ to }) => to === host.id)
  const lost = pick < 16 ? [arriving[pick % Math.max(1, arriving.length)]] : arriving
  cluster.bag = cluster.bag.filter((message) => !lost.includes(message))
}

const reportUnreachable = (cluster: Cluster, host: Host, pick: number): void => {
  const peer = cluster.hosts[pick % cluster.hosts.length]!
  const lost = cluster.bag.find(({ from, to }) => from === host.id && to === peer.id)
  const sequence = pick < 16 ? undefined : lost?.sequence
  cluster.tell(host, { _tag: "PeerUnreachable", at: host.clock, peer: peer.id, sequence })
}

/** Half of the picks name a server whose disk takes no part in what happens at once. */
const slowDisk = ({ hosts }: Cluster, pick: number): Host | undefined =>
  pick < 16 ? undefined : hosts[pick % hosts.length]

/** Everything that one server has in flight settles. */
export const settleHost = (cluster: Cluster, host: Host): void => {
  cluster.persist(host, Infinity)
  cluster.answerRead(host, false)
  // A snapshot is saved while others are taken and entries applied; whoever is allowed to goes on at once.
  cluster.save(host)
  cluster.apply(host, Infinity)
  cluster.apply(host, Infinity)
  cluster.obeySnapshotOrder(host)
  cluster.endTurn(host)
}

/** Delivers what lies in the bag now, oldest first, and settles every receiver but the slow one. */
export const flood = (cluster: Cluster, isMeant: (message: Message) => boolean, slow?: Host): void => {
  for (const message of cluster.bag) {
    if (!isMeant(message)) continue
    cluster.take(message)
    cluster.deliver(message)
    const host = cluster.hostOf(message.to)
    if (host === slow) cluster.endTurn(host)
    else settleHost(cluster, host)
  }
}

/** An election by the book, unless the state forbids it: this server's timer fires and its requests are heard. */
export const elect = (cluster: Cluster, host: Host, slow?: Host): void => {
  if (host.server?.role._tag === "Leader") return
  if (cluster.options.checkQuorum || cluster.options.preVote) fade(cluster)
  cluster.timeout(host)
  if (host.server?.role._tag === "PreCandidate") {
    flood(cluster, (message) => message._tag === "PreVoteRequest" && message.from === host.id, slow)
    flood(cluster, (message) => message._tag === "PreVoteResponse" && message.to === host.id)
  }
  cluster.persist(host, Infinity)
  flood(cluster, (message) => message._tag === "RequestVoteRequest" && message.from === host.id, slow)
  flood(cluster, (message) => message._tag === "RequestVoteResponse" && message.to === host.id)
}

/** So much time passes that nobody holds to a leader any more. Nobody is woken. */
export const fade = ({ hosts }: Cluster): void => {
  for (const host of hosts) {
    const role = host.server?.role
    if (role?._tag === "Follower") host.clock = Math.max(host.clock, role.noVoteBefore)
  }
}

/** A leader brings another server up to its log, and lets it take over while the rest still hears from it. */
const handOver = (cluster: Cluster, host: Host, target: Host): void => {
  if (host.server?.role._tag !== "Leader") return
  broadcast(cluster, host)
  cluster.transfer(host, target)
  exchange(cluster, host, target, false)
  flood(cluster, ({ from }) => from === target.id)
  flood(cluster, ({ to }) => to === target.id)
}

/** An election in which the first answer arrives several times, and the others never. */
const stutter = (cluster: Cluster, host: Host): void => {
  if (host.server?.role._tag === "Leader") return
  cluster.timeout(host)
  cluster.persist(host, Infinity)
  flood(cluster, (message) => message._tag === "RequestVoteRequest" && message.from === host.id)
  const isAnswer = (message: Message) => message._tag === "RequestVoteResponse" && message.to === host.id
  const [answer] = cluster.bag.filter(isAnswer)
  cluster.bag = cluster.bag.filter((message) => !isAnswer(message))
  if (answer === undefined) return
  for (let times = 0; times < 4; times++) cluster.deliver(answer)
  cluster.counters.repeats += 3
}

/** Two servers talk to each other for a while, as if nobody else were there. */
export const exchange = (cluster: Cluster, host: Host, peer: Host, isSlow: boolean): void => {
  if (host === peer) return
  if (host.server?.role._tag === "Leader") cluster.wake(host)
  const slow = isSlow ? peer : undefined
  for (let round = 0; round < 3; round++) {
    flood(cluster, ({ from, to }) => from === host.id && to === peer.id, slow)
    flood(cluster, ({ from, to }) => from === peer.id && to === host.id, slow)
  }
}

/** Everybody hears a server at once, and it hears their answers. */
export const broadcast = (cluster: Cluster, host: Host, slow?: Host): void => {
  if (host.server?.role._tag === "Leader") cluster.wake(host)
  flood(cluster, ({ from }) => from === host.id, slow)
  flood(cluster, ({ to }) => to === host.id, slow)
}
