import type { ServerId } from "../../src/ids.ts"
import type { Cluster, Host, Observer, Stepped } from "../support/Cluster.ts"
import { rateOf } from "../support/sharedTime.ts"
import { check } from "./property.ts"

interface OpenRead {
  /** The highest commit index of any server when the read was asked for, or so long before as it may miss: what somebody may have been told. */
  readonly committed: number
  readonly askedAt: number
}

const property = "ReadsSeeTheCommitted"

/**
 * A read that is answered sees everything that anybody could know to be committed when it was asked for
 * (thesis §6.4), or as long before as it allows, on a state machine that has applied that far. Each is answered
 * once, by its deadline. Reads that go by clocks are asked only where all clocks keep within the declared bound.
 */
export const readsSeeTheCommitted = (): Observer => {
  const open = new Map<ServerId, Map<number, OpenRead>>()
  /** When each index was first known to be committed, oldest first. */
  const commits: Array<{ readonly at: number; readonly index: number }> = []
  const readsOf = (id: ServerId): Map<number, OpenRead> => {
    const reads = open.get(id) ?? new Map<number, OpenRead>()
    open.set(id, reads)
    return reads
  }
  const committedBy = (at: number) => commits.findLast((commit) => commit.at < at)?.index ?? 0

  const ask = ({ after, cluster, event, host }: Stepped): void => {
    if (event._tag !== "ReadRequested") return
    const { consistency, ids } = event
    const missing = consistency?._tag === "Stale" ? elapsedFor(cluster, host, consistency.atMost) : -1
    const committed = committedBy(cluster.elapsed() - missing)
    for (const id of ids) readsOf(host.id).set(id, { committed, askedAt: after.now })
  }

  const answer = ({ after, host, outputs }: Stepped): void => {
    const reads = readsOf(host.id)
    for (const output of outputs) {
      if (output._tag !== "AnswerReads") continue
      for (const result of output.answers) {
        const read = reads.get(result.id)
        check(read !== undefined, property, () => `${host.id} answers read ${result.id} once too often`)
        reads.delete(result.id)
        if (result._tag !== "Ready") continue
        const sees = () => `read ${result.id} of ${host.id} sees ${result.readIndex} of ${read.committed}`
        check(after.apply.lastApplied >= read.committed, property, sees)
        check(result.readIndex <= after.apply.lastApplied, property, () => `${sees()} before it is applied`)
      }
    }
  }

  return {
    restarted: (_, host) => void open.delete(host.id),
    stepped: (step) => {
      const { after, cluster, event, host } = step
      ask(step)
      answer(step)
      if (after.commitIndex > (commits.at(-1)?.index ?? 0)) {
        commits.push({ at: cluster.elapsed(), index: after.commitIndex })
      }
      if (event._tag !== "TimeAdvanced") return
      for (const [id, { askedAt }] of readsOf(host.id)) {
        const isInTime = after.now - askedAt < cluster.options.readTimeout
        check(isInTime, property, () => `${host.id} leaves read ${id} open beyond its deadline`)
      }
    }
  }
}

/** How long it takes until this host's clock has counted so many milliseconds. */
const elapsedFor = (cluster: Cluster, host: Host, millis: number): number =>
  millis / rateOf(cluster.hosts.indexOf(host), cluster.options.clockDriftBound ?? 0)
