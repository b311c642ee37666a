/**
 * NoPromiseBeforeItsWrite: what a message promises is on its sender's disk when it leaves, and what is
 * applied is on the own one (Figure 2 "updated on stable storage before responding to RPCs").
 *
 * A disk of a later term than the message's may have gone on: the promise was kept as long as it counted.
 */
import type { LogIndex, Term } from "@effect-raft/core"
import type { Disk, Host, Sent } from "../host.ts"
import { type Invariant, storedAt, termAt } from "./invariant.ts"

export const noPromiseBeforeItsWrite: Invariant = {
  name: "NoPromiseBeforeItsWrite",
  holdsAcross: ({ after, sent }) => sent.every(isKept) && isAppliedStored(after)
}

const isKept = ({ disk, message }: Sent): boolean => {
  const { currentTerm, votedFor } = disk.hardState
  // The term of a question is nobody's yet; the one before it is its sender's.
  if (message._tag === "PreVoteRequest") return currentTerm >= message.term - 1
  if (currentTerm !== message.term) return currentTerm > message.term
  switch (message._tag) {
    case "RequestVoteRequest":
      return votedFor === message.from && storesLast(disk, message)
    case "RequestVoteResponse":
      return !message.voteGranted || votedFor === message.to
    case "AppendEntriesAccepted":
      return disk.entries.length >= message.matchIndex
    case "PreVoteResponse":
    case "AppendEntriesRequest":
    case "AppendEntriesRefused":
    case "HeartbeatRequest":
    case "HeartbeatResponse":
    case "TimeoutNowRequest":
    case "TimeoutNowResponse":
    case "ReadIndexRequest":
    case "ReadIndexResponse":
    case "ForwardProposalsRequest":
    case "ForwardProposalsResponse":
    case "InstallSnapshotRequest":
    case "InstallSnapshotResponse":
      return true
  }
}

/** The log that a candidate boasts of. */
const storesLast = (
  disk: Disk,
  { lastLogIndex, lastLogTerm }: { readonly lastLogIndex: LogIndex; readonly lastLogTerm: Term }
): boolean => lastLogIndex === 0 || storedAt({ disk }, lastLogIndex)?.term === lastLogTerm

const isAppliedStored = (host: Host): boolean => {
  for (let index = 1; index <= host.server.apply.lastApplied; index++) {
    if (storedAt(host, index)?.term !== termAt(host, index)) return false
  }
  return true
}
