/**
 * Short ways to the states that tests of the paper's claims begin with.
 */
import type { Entry } from "../../src/entry.ts"
import * as core from "../../src/index.ts"
import type { Message } from "../../src/message.ts"
import type { ServerOptions } from "../../src/options.ts"
import type { Output } from "../../src/output.ts"
import type { Leader } from "../../src/role.ts"
import { elect, flood, settleHost } from "./actions.ts"
import { checkers } from "../properties/checkers.ts"
import { isIdle } from "./idle.ts"
import { Cluster, type Host, type Observer, type Stepped } from "./Cluster.ts"

export interface Scene {
  readonly size: number
  /** Servers besides that belong to nothing yet. */
  readonly spares?: number
  readonly options?: Partial<ServerOptions>
  readonly observers?: ReadonlyArray<Observer>
  /** Watch no property, for tests that break the rules on purpose. */
  readonly isUnwatched?: boolean
}

/** Figure 2 and nothing more: what the claims of §5 are about. */
const figure2: core.ServerOptions = {
  ...core.defaultServerOptions,
  preVote: false,
  checkQuorum: false,
  noOp: false
}

/** A cluster with the limits of production, watched by every property unless told. */
export const scene = ({
  isUnwatched = false,
  observers = [],
  options = {},
  size,
  spares = 0
}: Scene): Cluster =>
  new Cluster({
    core,
    size,
    spares,
    options: { ...figure2, ...options },
    observers: [...(isUnwatched ? [] : Object.values(checkers).map((make) => make())), ...observers]
  })

/** A cluster whose first server leads term 1, and whose bag is empty. */
export const led = (scenery: Scene): Cluster => {
  const cluster = scene(scenery)
  elect(cluster, cluster.hosts[0]!)
  calm(cluster)
  return cluster
}

/** Everything under way arrives, and what follows from it, until nothing moves. */
export const calm = (cluster: Cluster): void => {
  for (let round = 0; round < 50; round++) {
    for (const host of cluster.hosts) settleHost(cluster, host)
    if (cluster.bag.length === 0 && cluster.hosts.every(isIdle)) return
    flood(cluster, () => true)
  }
}

/** Only these servers hear each other, until nothing moves; all other messages are lost. */
export const calmAmong = (cluster: Cluster, hosts: ReadonlyArray<Host>): void => {
  const isAmong = ({ from, to }: Message) => [from, to].every((id) => hosts.some((host) => host.id === id))
  for (let round = 0; round < 50; round++) {
    for (const host of hosts) settleHost(cluster, host)
    cluster.bag = cluster.bag.filter(isAmong)
    if (cluster.bag.length === 0 && hosts.every(isIdle)) return
    flood(cluster, () => true)
  }
}

/** Commands reach a leader, which sends them at the end of its turn. */
export const proposeTo = (cluster: Cluster, host: Host, count = 1): void => {
  cluster.propose(host, count)
  cluster.endTurn(host)
}

export const leaderRole = (host: Host): Leader => {
  const role = host.server?.role
  if (role?._tag !== "Leader") throw new Error(`${host.id} does not lead`)
  return role
}

/** Writes a log straight to the disk of a server, as if it had come by it in an earlier life, and restarts it. */
export const seedLog = (
  cluster: Cluster,
  host: Host,
  terms: ReadonlyArray<number>,
  currentTerm: number
): void => {
  cluster.crash(host, 0)
  const entries = terms.map((term, position): Entry => entry(position + 1, term))
  entries.forEach((stored) => cluster.history.remember(stored))
  host.disk.durable = {
    ...host.disk.durable,
    hardState: { currentTerm: core.term(currentTerm), votedFor: undefined },
    entries
  }
  host.disk.issued = host.disk.durable
  cluster.restart(host, false)
}

/** Delivers everything once, and settles nobody: what the answers bring is still under way. */
export const deliverAll = (cluster: Cluster): void => {
  for (const message of cluster.bag) {
    cluster.take(message)
    cluster.deliver(message)
  }
}

export const entry = (index: number, term: number, bytes = 1): Entry => ({
  index: core.logIndex(index),
  term: core.term(term),
  kind: "Command",
  time: term,
  payload: new Uint8Array(bytes)
})

/** The terms of a server's log, from index 1. */
export const termsOf = ({ server }: Host): ReadonlyArray<number> =>
  Array.from({ length: server!.log.lastIndex }, (_, position) =>
    Number(core.Log.termAt(server!.log, core.logIndex(position + 1)))
  )

/** Collects the outputs of every step, for tests that look at what a server orders. */
export const recorder = (): Observer & { readonly steps: Array<Stepped> } => {
  const steps: Array<Stepped> = []
  return { steps, stepped: (step) => void steps.push(step) }
}

export const messagesIn = (outputs: ReadonlyArray<Output>): ReadonlyArray<Message> =>
  outputs.flatMap((output) => (output._tag === "SendMessage" ? [output.message] : []))
