/**
 * Bugs in commitment (§5.3, §5.4.2) and in applying what is committed.
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug } = inArea("commit")

const committing: ReadonlyArray<Mutant> = [
  bug(["OwnTermCommit"], "an entry of an older term is committed by counting", [
    "commit.ts",
    "Log.termAt(log, candidate) === server.currentTerm",
    "Log.termAt(log, candidate) !== undefined"
  ]),
  bug(["QuorumStoresCommitted"], "two servers are enough to commit", [
    "quorum.ts",
    "reached[Math.floor(reached.length / 2)]",
    "reached[Math.min(1, Math.floor(reached.length / 2))]"
  ]),
  bug(["StateMachineSafety", "CommitNeverFalls"], "a follower commits entries that its leader may not have", [
    "replication.ts",
    "leaderCommit < matchIndex ? leaderCommit : matchIndex",
    "leaderCommit < server.log.lastIndex ? leaderCommit : server.log.lastIndex"
  ]),
  bug(["StateMachineSafety", "CommitNeverFalls"], "a heartbeat commits what may not match", [
    "appendEntries.ts",
    "commitIndex < matchIndex ? commitIndex : matchIndex",
    "commitIndex"
  ]),
  bug(["CommitNeverFalls"], "an old message takes commitment back", [
    "commit.ts",
    "leaderCommit > commitIndex ? leaderCommit : commitIndex",
    "leaderCommit"
  ])
]

const applying: ReadonlyArray<Mutant> = [
  bug(["ApplyOrder", "StateMachineSafety"], "entries are applied as soon as they are durable", [
    "commit.ts",
    "commitIndex < writes.durableIndex ? commitIndex : writes.durableIndex",
    "writes.durableIndex"
  ]),
  bug(["PersistBeforeReply"], "entries are applied as soon as they are committed, durable or not", [
    "commit.ts",
    "commitIndex < writes.durableIndex ? commitIndex : writes.durableIndex",
    "commitIndex"
  ]),
  bug(["ApplyOrder"], "each order to apply begins with the last entry of the one before", [
    "commit.ts",
    "from: logIndex(apply.lastApplied + 1)",
    "from: logIndex(Math.max(1, apply.lastApplied))"
  ]),
  bug(["ApplyOrder"], "each order to apply leaves an entry out", [
    "commit.ts",
    "from: logIndex(apply.lastApplied + 1)",
    "from: logIndex(Math.min(through, apply.lastApplied + 2))"
  ])
]

export const commitment: ReadonlyArray<Mutant> = [...committing, ...applying]
