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

export interface Action {
  readonly kind: Kind
  readonly server: number
  /** Which message, how many, which peer: whatever the kind leaves open. */
  readonly pick: number
}

/** How often each kind is drawn, of 100. Generators like the ends of a range: the first kind and the last come twice as often. */
const weights: Readonly<Record<Kind, number>> = {
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

const drawable = (Object.keys(weights) as Array<Kind>).flatMap((kind) =>
  Array.from({ length: weights[kind] }, () => kind)
)

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const action: Arbitrary.Arbitrary<Action> = Arbitrary.map(
  Arbitrary.schema(Schema.Struct({ roll: upTo(drawable.length - 1), server: upTo(4), pick: upTo(31) })),
  ({ pick, roll, server }) => ({ kind: drawable[roll]!, server, pick })
)

export const actions = (length: Arbitrary.ArrayOptions): Arbitrary.Arbitrary<ReadonlyArray<Action>> =>
  Arbitrary.array(action, length)

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

/** An election by the book, unless the state forbids it: this server's timer fires and its request are heard. */
export const elect = (cluster: Cluster, host: Host, slow?: Host): void => {
  if (host.server?.role._tag === "Leader") return
  cluster.timeout(host)
  cluster.persist(host, Infinity)
  flood(cluster, (message) => message._tag === "RequestVoteRequest" && message.from === host.id, slow)
  flood(cluster, (message) => message._tag === "RequestVoteResponse" && message.to === host.id)
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
