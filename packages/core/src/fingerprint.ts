/**
 * A server as one text: equal for servers that will behave alike.
 *
 * For exploration, tests and reports. Left out is what only tells two histories
 * of the same state apart: generator, deadlines, sequence numbers, write ids.
 */
import type { Configuration } from "./configuration.ts"
import type { EntryKind } from "./entry.ts"
import * as AppendList from "./log/appendList.ts"
import * as Log from "./log/log.ts"
import type { Progress } from "./progress.ts"
import type { Ballot, Leader, Role } from "./role.ts"
import type { Server } from "./server.ts"

/** Terms, votes, log, commitment, applying, role and what is durable, in a fixed order. */
export const fingerprint = (server: Server): string => {
  const { apply, commitIndex, currentTerm, log, self, storageFailed, votedFor, writes } = server
  return [
    self.id,
    `term ${currentTerm} vote ${votedFor ?? "-"}`,
    `members ${configurationOf(server.configuration)}`,
    `log ${logOf(log)}`,
    `commit ${commitIndex} applied ${apply.lastApplied}/${apply.orderedThrough}${apply.readId > 0 ? " reading" : ""}`,
    `durable ${writes.durableIndex} writing ${writingOf(server)}`,
    snapshotsOf(server),
    roleOf(server.role),
    storageFailed ? "storage failed" : "storage well"
  ].join(" | ")
}

const configurationOf = ({ members, outgoing }: Configuration): string => {
  const incoming = members.map(({ id, role }) => `${id}:${role}`).join(",")
  return outgoing === undefined
    ? incoming
    : `${incoming} from ${outgoing.members.map(({ id }) => id).join(",")}`
}

const kindLetters = { NoOp: "n", Command: "c", Configuration: "m", Session: "s" } as const satisfies Record<
  EntryKind,
  string
>

const logOf = (log: Log.Log): string => {
  const entries: Array<string> = []
  for (let position = 0; position < AppendList.size(log.memory); position++) {
    const { kind, payload, term, time } = AppendList.at(log.memory, position)!
    entries.push(`${term}${kindLetters[kind]}${time}:${payload.join(".")}`)
  }
  const runs = log.termRuns.map(({ from, term }) => `${from}t${term}`).join(",")
  return `${log.lastIncludedIndex}t${log.lastIncludedTerm} [${runs}] ${Log.firstInMemory(log)}..${log.lastIndex} ${entries.join(" ")}`
}

const writingOf = ({ writes }: Server): string => {
  const open: Array<string> = []
  for (let position = 0; position < AppendList.size(writes.inFlight); position++) {
    const { lastIndex, truncateFrom } = AppendList.at(writes.inFlight, position)!
    open.push(truncateFrom === undefined ? `${lastIndex}` : `${truncateFrom}-${lastIndex}`)
  }
  return `${open.join(",")} vote ${writes.hardStateId > writes.persistedThrough ? "open" : "durable"}`
}

const snapshotsOf = ({ snapshots }: Server): string => {
  const { incoming, latest, taking } = snapshots
  const coming =
    incoming === undefined
      ? "-"
      : `${incoming.lastIncludedIndex}t${incoming.lastIncludedTerm} of ${incoming.leaderTerm} at ${incoming.received}`
  return `snapshot ${latest?.lastIncludedIndex ?? "-"} of ${latest?.size ?? 0} taking ${taking} incoming ${coming}`
}

const roleOf = (role: Role): string => {
  switch (role._tag) {
    case "Follower":
      return `follower of ${role.leaderId ?? "-"}`
    case "PreCandidate":
      return `pre-candidate ${votesOf(role)}`
    case "Candidate":
      return `candidate${role.leadershipTransfer ? " by transfer" : ""} ${votesOf(role)}`
    case "Leader":
      return `leader ${role.progress.map(progressOf).join(",")}${transferOf(role)}`
  }
}

const votesOf = ({ votes }: Ballot): string =>
  votes
    .map(({ from, voteGranted }) => `${from}${voteGranted ? "+" : "-"}`)
    .toSorted()
    .join(",")

const transferOf = ({ mayBeSucceeded, transfer }: Leader): string => {
  const open =
    transfer === undefined ? "" : ` hands over to ${transfer.target}${transfer.isTold ? ", told" : ""}`
  return `${open}${mayBeSucceeded ? " may be succeeded" : ""}`
}

const progressOf = (peer: Progress): string => {
  const waits = `${peer.paused ? " paused" : ""}${peer.readId > 0 ? " reading" : ""}`
  const range = `${peer.matchIndex}<${peer.nextIndex}`
  return `${peer.id} ${peer.mode}${waits} ${range} sent ${AppendList.size(peer.inflight)} commit ${peer.commitSent}${snapshotTo(peer)}`
}

const snapshotTo = ({ transfer }: Progress): string => {
  if (transfer === undefined) return ""
  const { inflight, isPaused, lastIncludedIndex, nextOffset, phase } = transfer
  const on = inflight.map(({ end }) => end).join(",")
  return ` ${phase}${isPaused ? " paused" : ""} ${lastIncludedIndex} at ${nextOffset} [${on}]`
}
