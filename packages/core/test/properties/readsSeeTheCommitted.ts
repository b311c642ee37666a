import type { ServerId } from "../../src/ids.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

interface OpenRead {
  /** The highest commit index of any server when the read was asked for: what somebody may have been told. */
  readonly committed: number
  readonly askedAt: number
}

const property = "ReadsSeeTheCommitted"

/**
 * A read that is answered sees everything that anybody could know to be committed when it was asked for
 * (thesis §6.4), on a state machine that has applied that far. Each is answered once, by its deadline.
 */
export const readsSeeTheCommitted = (): Observer => {
  const open = new Map<ServerId, Map<number, OpenRead>>()
  let committed = 0
  const readsOf = (id: ServerId): Map<number, OpenRead> => {
    const reads = open.get(id) ?? new Map<number, OpenRead>()
    open.set(id, reads)
    return reads
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
        check(result.readIndex >= read.committed, property, sees)
        check(result.readIndex <= after.apply.lastApplied, property, () => `${sees()} before it is applied`)
      }
    }
  }

  return {
    restarted: (_, host) => void open.delete(host.id),
    stepped: (step) => {
      const { after, cluster, event, host } = step
      const reads = readsOf(host.id)
      if (event._tag === "ReadRequested") {
        for (const id of event.ids) reads.set(id, { committed, askedAt: after.now })
      }
      answer(step)
      committed = Math.max(committed, after.commitIndex)
      if (event._tag !== "TimeAdvanced") return
      for (const [id, { askedAt }] of reads) {
        const isInTime = after.now - askedAt < cluster.options.readTimeout
        check(isInTime, property, () => `${host.id} leaves read ${id} open beyond its deadline`)
      }
    }
  }
}
