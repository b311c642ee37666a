/**
 * S8: what leaves a server is true of its disk at that moment (Figure 2, "before
 * responding to RPCs"): its term, its vote, the log that it campaigns with or
 * acknowledges. Whoever leads has its own vote on disk, and what is applied lies
 * there too.
 *
 * It looks at disks alone and knows nothing of write ids.
 */
import type { AppendEntriesAccepted, InstallSnapshotResponse, RequestVoteRequest } from "@effect-raft/core"
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"

const property = "PersistBeforeReply"

export const persistBeforeReply = (ledger: Ledger): Observer => ({
  roleChanged: ({ after, before, seat }) => {
    if (after.role._tag !== "Leader" || before.role._tag === "Leader") return
    const { currentTerm, votedFor } = seat.disk.durable.hardState
    check(
      currentTerm === after.currentTerm && votedFor === seat.id,
      property,
      () => `${seat.id} leads term ${after.currentTerm} before its own vote is durable`
    )
  },
  sent: (seat, message) => {
    // It names a term that nobody has: its sender promises nothing (thesis §9.6).
    if (message._tag === "PreVoteRequest") return
    const { currentTerm, votedFor } = seat.disk.durable.hardState
    const what = () => `${seat.id} sends ${message._tag} of term ${message.term}`
    check(currentTerm >= message.term, property, () => `${what()}, durable is term ${currentTerm}`)
    // What was promised in an older term may have been overwritten since, as it should be.
    if (currentTerm > message.term) return
    switch (message._tag) {
      case "RequestVoteRequest":
        check(votedFor === seat.id, property, () => `${what()} before its own vote is durable`)
        return checkCampaign(seat, message, what)
      case "RequestVoteResponse":
        check(
          !message.voteGranted || votedFor === message.to,
          property,
          () => `${what()} before the vote is durable`
        )
        return
      case "AppendEntriesAccepted":
        return checkMatch(ledger, seat, message)
      case "PreVoteResponse":
      case "ReadIndexRequest":
      case "ReadIndexResponse":
      case "ForwardProposalsRequest":
      case "ForwardProposalsResponse":
      case "TimeoutNowRequest":
      case "TimeoutNowResponse":
      case "AppendEntriesRequest":
      case "AppendEntriesRefused":
      case "HeartbeatRequest":
      case "HeartbeatResponse":
      case "InstallSnapshotRequest":
        return
      case "InstallSnapshotResponse":
        return checkSnapshot(seat, message)
    }
  },
  applying: ({ disk, id }, entries) => {
    for (const { index, term } of entries) {
      if (index <= disk.lastIncludedIndex) continue
      const stored = disk.termAt(disk.durable, index)
      check(stored === term, property, () => `${id} applies ${index}:${term} before it is durable`)
    }
  }
})

const checkCampaign = ({ disk }: Seat, request: RequestVoteRequest, what: () => string): void => {
  const { lastLogIndex, lastLogTerm } = request
  const isDurable =
    disk.termAt(disk.durable, lastLogIndex) === lastLogTerm || lastLogIndex < disk.lastIncludedIndex
  // A later leader of the same term may have overwritten the end that it campaigned with.
  const lastTerm = disk.termAt(disk.durable, disk.lastIndex(disk.durable))
  check(isDurable || lastTerm === request.term, property, () => {
    return `${what()} with an end of its log, ${lastLogIndex}:${lastLogTerm}, that is not durable`
  })
}

/** The last acknowledged entry is the leader's; LogMatching stands for those before it. */
const checkMatch = (
  ledger: Ledger,
  { disk, id }: Seat,
  { matchIndex, term, to }: AppendEntriesAccepted
): void => {
  const claim = () => `${id} acknowledges ${matchIndex} to ${to} in term ${term}`
  const leader = ledger.leaders.get(term)
  check(leader?.id === to, property, () => `${claim()}, who does not lead it`)
  if (matchIndex <= disk.lastIncludedIndex) return
  const stored = disk.termAt(disk.durable, matchIndex)
  check(stored !== undefined, property, () => `${claim()} with a log that ends before, on disk`)
  const leading = ledger.leaderOf(term)
  if (leading === undefined || matchIndex <= leading.disk.issued.start) return
  const expected = leading.disk.termAt(leading.disk.issued, matchIndex)
  check(stored === expected, property, () => `${claim()}; its disk has term ${stored} there, not ${expected}`)
}

/** What was acknowledged of a snapshot lies on disk, unless something newer has taken its place. */
const checkSnapshot = (
  { disk, id }: Seat,
  { installed, lastIncludedIndex, nextOffset, to }: InstallSnapshotResponse
): void => {
  const isHeld =
    disk.lastIncludedIndex >= lastIncludedIndex || disk.termAt(disk.durable, lastIncludedIndex) !== undefined
  const { staged } = disk.durable
  const isStaged =
    staged !== undefined &&
    (staged.metadata.lastIncludedIndex !== lastIncludedIndex || staged.size >= nextOffset)
  check(
    isHeld || (!installed && (nextOffset === 0 || isStaged)),
    property,
    () => `${id} acknowledges ${nextOffset} bytes of snapshot ${lastIncludedIndex} to ${to}`
  )
}
