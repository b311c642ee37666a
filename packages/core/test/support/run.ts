/**
 * One run: a cluster, an adversary's actions, and the properties that are watched meanwhile.
 */
import type { ServerOptions } from "../../src/options.ts"
import { checkers } from "../properties/checkers.ts"
import { liveness } from "../properties/liveness.ts"
import type { Property } from "../properties/property.ts"
import { Cluster } from "./Cluster.ts"
import { type ClockAction, clockConsistency, performWithClocks } from "./clockActions.ts"
import type { Core } from "./core.ts"
import type { Counters } from "./counters.ts"

export interface Run {
  readonly core: Core
  readonly size: number
  readonly actions: ReadonlyArray<ClockAction>
  readonly properties: ReadonlyArray<Property>
  readonly spares?: number
  readonly options?: Partial<ServerOptions>
}

/** PreVote, CheckQuorum, and a no-op at the start of a term. */
export const allOn = { preVote: true, checkQuorum: true, noOp: true } satisfies Partial<ServerOptions>

/** And clocks that no lease is wrong about. */
export const byClocks = { ...allOn, clockDriftBound: 0.1 } satisfies Partial<ServerOptions>

/** Plays a run; throws a `PropertyViolation` where a property breaks. */
export const run = ({ actions, core, properties, ...cast }: Run): Counters => {
  const observers = properties.flatMap((property) => (property === "Liveness" ? [] : [checkers[property]()]))
  const cluster = new Cluster({ core, observers, ...cast })
  cluster.forwards = properties.includes("ProposalsAreAnsweredTruly")
  const hasClocks = cluster.options.clockDriftBound !== undefined
  const hasReads = properties.includes("ReadsSeeTheCommitted")
  for (const action of actions) {
    if (hasReads && action.pick % 3 === 0) {
      const host = cluster.hosts[(action.pick / 3) % cluster.hosts.length]!
      cluster.read(host, hasClocks ? clockConsistency(action.pick) : undefined)
    }
    performWithClocks(cluster, action)
  }
  if (properties.includes("Liveness")) liveness(cluster)
  return cluster.counters
}
