import { type LogIndex, logIndex, type ServerId, type Term } from "../../src/ids.ts"
import type { InstallSnapshotResponse, Message } from "../../src/message.ts"
import type { Cluster, Host, Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * What leaves a server is true of its disk at that moment: its term, its vote, the log it acknowledges or
 * campaigns with, and what its state machine gets. Looks at disks alone and knows nothing of write ids, so
 * duplicates and rewritten entries cannot fool it.
 */
export const noPromiseBeforeItsWrite = (): Observer => ({
  stepped: ({ after, before, host }) => {
    if (after.role._tag !== "Leader" || before.role._tag === "Leader") return
    const { currentTerm, votedFor } = host.disk.durable.hardState
    const isDurable = currentTerm === after.currentTerm && votedFor === host.id
    check(
      isDurable,
      property,
      () => `${host.id} leads term ${after.currentTerm} before its own vote is durable`
    )
  },
  released: (cluster, host, output) => {
    switch (output._tag) {
      case "SendMessage":
        return checkMessage(cluster, host, output.message)
      case "ApplyEntries":
        for (const { index, term } of output.entries) {
          if (index > host.disk.lastIncludedIndex) {
            const isDurable = host.disk.termAt(index) === term
            check(isDurable, property, () => `${host.id} applies ${index}:${term} before it is durable`)
          }
        }
        return
      case "SendSnapshot":
        return checkTerm(host, output.request)
      case "InstallSnapshot": {
        const { lastIncludedIndex } = output.snapshot
        const isDurable = host.disk.lastIncludedIndex === lastIncludedIndex
        check(
          isDurable,
          property,
          () => `${host.id} restores snapshot ${lastIncludedIndex} before it is durable`
        )
        return
      }
      case "TakeSnapshot":
      case "ReadLog":
        return
    }
  }
})

const property = "NoPromiseBeforeItsWrite"

const checkTerm = ({ disk, id }: Host, { _tag, term }: Pick<Message, "_tag" | "term">): void => {
  const { currentTerm } = disk.durable.hardState
  check(currentTerm >= term, property, () => `${id} sends ${_tag} of term ${term}, durable is ${currentTerm}`)
}

const checkMessage = (cluster: Cluster, host: Host, message: Message): void => {
  const { currentTerm, votedFor } = host.disk.durable.hardState
  // It names a term that nobody has adopted.
  if (message._tag === "PreVoteRequest") return
  const what = () => `${host.id} sends ${message._tag} of term ${message.term}`
  checkTerm(host, message)
  // What was promised in an older term may have been overwritten since, as it should be.
  if (currentTerm > message.term) return
  switch (message._tag) {
    case "RequestVoteRequest": {
      check(votedFor === host.id, property, () => `${what()} before its own vote is durable`)
      const stored = host.disk.termAt(message.lastLogIndex)
      const isDurable = stored === message.lastLogTerm || message.lastLogIndex < host.disk.lastIncludedIndex
      // A later leader of the same term may have overwritten the end that it campaigned with.
      const isMoot = host.disk.lastTerm() === message.term
      check(isDurable || isMoot, property, () => `${what()} with an end of its log that is not durable`)
      return
    }
    case "RequestVoteResponse":
      if (!message.voteGranted) return
      check(votedFor === message.to, property, () => `${what()} before that vote is durable`)
      return
    case "AppendEntriesAccepted":
      return checkMatch(cluster, host, {
        leader: message.to,
        term: message.term,
        matchIndex: message.matchIndex
      })
    case "InstallSnapshotResponse":
      return checkSnapshot(cluster, host, message)
    case "InstallSnapshotRequest":
    case "PreVoteResponse":
    case "TimeoutNowRequest":
    case "TimeoutNowResponse":
    case "ReadIndexRequest":
    case "ReadIndexResponse":
    case "ForwardProposalsRequest":
    case "ForwardProposalsResponse":
    case "AppendEntriesRequest":
    case "AppendEntriesRefused":
    case "HeartbeatRequest":
    case "HeartbeatResponse":
      return
  }
}

/** A snapshot that is said to be there is on disk, and so are the bytes that need not be sent again. */
const checkSnapshot = (cluster: Cluster, host: Host, message: InstallSnapshotResponse): void => {
  const { installed, lastIncludedIndex, nextOffset, term, to } = message
  if (installed) return checkMatch(cluster, host, { leader: to, term, matchIndex: lastIncludedIndex })
  const { lastIncludedIndex: stored } = host.disk
  const { staged } = host.disk.durable
  const stagedIndex = staged?.metadata.lastIncludedIndex ?? 0
  // A newer snapshot may have taken its place since, or all of it be there.
  const isMoot = nextOffset === 0 || stored >= lastIncludedIndex || stagedIndex > lastIncludedIndex
  const isThere = stagedIndex === lastIncludedIndex && (staged?.bytes.length ?? 0) >= nextOffset
  const claim = () => `${host.id} says it stores ${nextOffset} bytes of snapshot ${lastIncludedIndex}`
  check(
    isMoot || isThere,
    property,
    () => `${claim()}, its disk has ${staged?.bytes.length ?? 0} of ${stagedIndex}`
  )
}

const checkMatch = (
  cluster: Cluster,
  { disk, id }: Host,
  match: { readonly leader: ServerId; readonly term: Term; readonly matchIndex: LogIndex }
): void => {
  const leader = cluster.history.leaders.get(match.term)
  check(
    leader?.self.id === match.leader,
    property,
    () => `${id} acknowledges to ${match.leader}, who does not lead`
  )
  for (let index = disk.lastIncludedIndex + 1; index <= match.matchIndex; index++) {
    const expected = cluster.core.Log.termAt(leader.log, logIndex(index))
    const isDurable = expected === undefined || disk.termAt(index) === expected
    const claim = `${id} acknowledges ${match.matchIndex} to ${match.leader} in term ${match.term}`
    check(
      isDurable,
      property,
      () => `${claim}, at ${index} its disk has term ${disk.termAt(index)}, not ${expected}`
    )
  }
}
