/**
 * Bugs in proposing, sending and storing entries (§5.3).
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug, standstill } = inArea("append")

const receiving: ReadonlyArray<Mutant> = [
  bug(["LogMatching", "LogShape", "PersistBeforeReply"], "entries are taken without the consistency check", [
    "replication.ts",
    "Log.termAt(log, prevLogIndex) === prevLogTerm",
    "true"
  ]),
  bug(["LogMatching"], "the consistency check asks for an entry, whatever its term", [
    "replication.ts",
    "Log.termAt(log, prevLogIndex) === prevLogTerm",
    "prevLogIndex <= log.lastIndex"
  ]),
  bug(["LogMatching", "StateMachineSafety"], "conflicting entries are kept", [
    "replication.ts",
    "Log.termAt(log, entry.index) === entry.term",
    "Log.termAt(log, entry.index) !== undefined"
  ]),
  bug(["LogShape"], "a conflict is truncated one entry too late", [
    "replication.ts",
    "truncateFrom: from <= log.lastIndex ? from",
    "truncateFrom: from < log.lastIndex ? from"
  ]),
  bug(["CommittedNeverRewritten"], "every append rewrites the log from where it begins", [
    "replication.ts",
    "agrees(log, entries[position]!)",
    "entries[position]!.index < 0"
  ]),
  bug(["LogMatching", "StateMachineSafety"], "entries are stored with the term of who sends them", [
    "replication.ts",
    ": undefined, entries: fresh })",
    ": undefined, entries: fresh.map((entry) => ({ ...entry, term: server.currentTerm })) })"
  ]),
  bug(["PersistBeforeReply", "CommitNeverFalls"], "an acknowledgement covers all of the follower's log", [
    "replication.ts",
    "logIndex(request.prevLogIndex + request.entries.length)",
    "logIndex(Math.max(server.log.lastIndex, request.prevLogIndex + request.entries.length))"
  ])
]

const sending: ReadonlyArray<Mutant> = [
  bug(["QuorumStoresCommitted"], "an acknowledgement counts for all that was sent since", [
    "replication.ts",
    "Progress.accepted(progress, response.matchIndex,",
    "Progress.accepted(progress, server.log.lastIndex,"
  ]),
  bug(["LogShape"], "two commands of one turn get the same index", [
    "proposals.ts",
    "index: logIndex(firstIndex + position),\n",
    "index: logIndex(firstIndex),\n"
  ]),
  bug(["ExactlyOnce"], "the commands of one turn are appended twice", [
    "proposals.ts",
    "entries: admitted.map(",
    "entries: [...admitted, ...admitted].map("
  ]),
  bug(["AcknowledgedIsCommitted"], "a client is told the index after that of its command", [
    "proposals.ts",
    '{ _tag: "Appended", id, index: logIndex(firstIndex + position), term }',
    '{ _tag: "Appended", id, index: logIndex(firstIndex + position + 1), term }'
  ]),
  bug(["AcknowledgedIsCommitted"], "the first command beyond the limit is said to be appended", [
    "proposals.ts",
    "position < count",
    "position <= count"
  ]),
  standstill(["ReplicasConverge", "CommitInTime"], "a probe without an answer is never repeated", [
    "appendEntries.ts",
    "isRound && before.paused ? { ...before, paused: false } : before",
    "before"
  ]),
  standstill(["ReplicasConverge", "CommitInTime"], "a pipeline that lost something is not asked about it", [
    "appendEntries.ts",
    "oldest !== undefined &&",
    "oldest !== undefined && now < 0 &&"
  ]),
  standstill(["ReplicasConverge", "CommitInTime"], "a refusal that says where to go on is ignored", [
    "replication.ts",
    "const isNews = hinted < progress.nextIndex",
    "const isNews = hinted < 0"
  ])
]

export const replication: ReadonlyArray<Mutant> = [...receiving, ...sending]
