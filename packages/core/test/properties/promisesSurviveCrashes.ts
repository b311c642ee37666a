import { type LogIndex, logIndex, type ServerId, type Term, term } from "../../src/ids.ts"
import type { Message } from "../../src/message.ts"
import type { Cluster, Host, Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

interface Promised {
  readonly term: Term
  readonly votedFor: ServerId | undefined
  /** The leader's log through here was acknowledged in `term`. */
  readonly matchIndex: number
}

/**
 * Whatever the disk would give back after a crash at any moment keeps every promise of this server's newest
 * term. And nothing lives in memory alone: term, vote and log are those that the writes issued lead to.
 */
export const promisesSurviveCrashes = (): Observer => {
  const promises = new Map<ServerId, Promised>()
  const verify = (cluster: Cluster, host: Host) => {
    const promised = promises.get(host.id)
    if (promised !== undefined) checkPromise(cluster, host, promised)
  }
  return {
    stepped: (step) => checkWritten(step),
    persisted: verify,
    restarted: verify,
    released: (_, host, output) => {
      if (output._tag !== "SendMessage") return
      const { message } = output
      // It names a term that nobody has adopted.
      if (message._tag === "PreVoteRequest") return
      const before = promises.get(host.id) ?? { term: term(0), votedFor: undefined, matchIndex: 0 }
      if (message.term < before.term) return
      const known =
        message.term > before.term ? { term: message.term, votedFor: undefined, matchIndex: 0 } : before
      const isGrant = message._tag === "RequestVoteResponse" && message.voteGranted
      promises.set(host.id, {
        term: message.term,
        votedFor: isGrant ? message.to : message._tag === "RequestVoteRequest" ? host.id : known.votedFor,
        matchIndex: Math.max(known.matchIndex, matchIn(message))
      })
    }
  }
}

/** Through where a message says that logs agree. */
const matchIn = (message: Message): number => {
  if (message._tag === "AppendEntriesAccepted") return message.matchIndex
  return message._tag === "InstallSnapshotResponse" && message.installed ? message.lastIncludedIndex : 0
}

const property = "PromisesSurviveCrashes"

const checkPromise = (cluster: Cluster, { disk, id }: Host, promised: Promised): void => {
  const { currentTerm, votedFor } = disk.durable.hardState
  check(currentTerm >= promised.term, property, () => `${id} would forget term ${promised.term}`)
  if (currentTerm > promised.term) return
  if (promised.votedFor !== undefined) {
    check(
      votedFor === promised.votedFor,
      property,
      () => `${id} would forget its vote for ${promised.votedFor}`
    )
  }
  const leader = cluster.history.leaders.get(promised.term)
  if (leader === undefined) return
  for (let index = disk.lastIncludedIndex + 1; index <= promised.matchIndex; index++) {
    const expected = cluster.core.Log.termAt(leader.log, logIndex(index))
    const isKept = expected === undefined || disk.termAt(index) === expected
    check(isKept, property, () => `${id} would lose ${index}:${expected}, which it acknowledged`)
  }
}

const checkWritten = ({ after, before, cluster, host }: Stepped): void => {
  const { disk } = host
  const { currentTerm, votedFor } = disk.issued.hardState
  const isSame = currentTerm === after.currentTerm && votedFor === after.votedFor
  check(isSame, property, () => `no write carries term and vote of ${host.id}`)
  if (after.log === before.log) return
  const lastIndex = disk.lastIndex(disk.issued)
  check(lastIndex === after.log.lastIndex, property, () => `the writes of ${host.id} end at ${lastIndex}`)
  for (let index = after.log.lastIncludedIndex + 1; index <= lastIndex; index++) {
    const written = disk.termAt(index, disk.issued)
    const held: Term | undefined = cluster.core.Log.termAt(after.log, index as LogIndex)
    check(written === held, property, () => `${host.id} holds ${index}:${held} and wrote term ${written}`)
  }
}
