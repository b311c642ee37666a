/**
 * Bugs in snapshots, their way to other servers, and what is forgotten after them (§7).
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug, standstill } = inArea("snapshot")

const installing: ReadonlyArray<Mutant> = [
  bug(["SnapshotSound"], "chunks of two snapshots of one leader make one snapshot", [
    "installSnapshot.ts",
    "incoming.lastIncludedIndex === snapshot.lastIncludedIndex &&",
    ""
  ]),
  bug(["SnapshotSound"], "a chunk is stored wherever the last one ended", [
    "installSnapshot.ts",
    "offset === wanted &&",
    ""
  ]),
  bug(
    ["CommitNeverFalls", "ApplyOrder", "SnapshotSound"],
    "a snapshot that is older than what is committed is installed",
    ["installSnapshot.ts", "snapshot.lastIncludedIndex <= commitIndex ||", ""]
  ),
  bug(
    ["CommittedNeverRewritten", "QuorumStoresCommitted"],
    "a log that agrees with the snapshot is dropped, with all that follows",
    [
      "installSnapshot.ts",
      "Log.termAt(log, snapshot.lastIncludedIndex) === snapshot.lastIncludedTerm",
      "log.lastIndex < 0"
    ]
  ),
  bug(["PersistBeforeReply"], "a snapshot is acknowledged before it is durable", [
    "installSnapshot.ts",
    "outcome.installed || outcome.nextOffset > 0 ? latestWriteId(server) :",
    ""
  ]),
  bug(["SnapshotSound", "PersistBeforeReply"], "the state machine takes a snapshot in before it is durable", [
    "writes.ts",
    "issue(server, log, logIndex(1), [])",
    "issue(server, log, undefined, [])"
  ]),
  bug(
    ["QuorumStoresCommitted", "CommitNeverFalls"],
    "who has the snapshot is believed to have all of the log",
    [
      "installSnapshot.ts",
      "Progress.accepted(peer, response.lastIncludedIndex,",
      "Progress.accepted(peer, server.log.lastIndex,"
    ]
  )
]

const taking: ReadonlyArray<Mutant> = [
  bug(["ApplyOrder", "SnapshotSound"], "entries are applied while the state is being caught", [
    "commit.ts",
    'snapshots.taking !== "Capturing"',
    'snapshots.taking !== "Saving"'
  ]),
  bug(["SnapshotSound"], "a snapshot says the term of the last entry, not of its own", [
    "compaction.ts",
    "const lastIncludedTerm = Log.termAt(server.log, index)",
    "const lastIncludedTerm = server.log.lastTerm"
  ]),
  bug(["ReplicasConverge"], "the log is forgotten through what is applied, not what the snapshot covers", [
    "compaction.ts",
    "log: Log.compact(log, through) }",
    "log: Log.compact(log, apply.lastApplied) }"
  ]),
  bug(["SnapshotSound"], "an own snapshot counts as the newest after another server's has overtaken it", [
    "compaction.ts",
    "const isNews = index > (snapshots.latest?.lastIncludedIndex ?? 0)",
    "const isNews = index > 0"
  ]),
  bug(["ReplicasConverge", "LogMatching"], "a log that begins after a snapshot forgets the term before it", [
    "log/log.ts",
    "lastIncludedTerm: termAt(log, index)!",
    "lastIncludedTerm: log.lastIncludedTerm"
  ])
]

const sending: ReadonlyArray<Mutant> = [
  standstill(["ReplicasConverge", "CommitInTime"], "who needs what was forgotten is sent nothing", [
    "appendEntries.ts",
    "before.nextIndex > server.log.lastIncludedIndex ? feedEntries",
    "before.nextIndex > 0 ? feedEntries"
  ]),
  {
    ...standstill(
      ["ReplicasConverge", "CommitInTime"],
      "nobody asks a silent peer how much of the snapshot it has",
      ["snapshotTransfer.ts", 'phase === "Sending" && (oldest', 'phase === "Asking" && (oldest']
    ),
    faults: ["snapshots", "loss"]
  },
  standstill(["ReplicasConverge", "CommitInTime"], "a lost question about a snapshot is not repeated", [
    "snapshotTransfer.ts",
    "transfer.isPaused ? { ...transfer, isPaused: false } : transfer",
    "transfer"
  ]),
  standstill(
    ["ReplicasConverge", "CommitInTime"],
    "a peer whose log ends before what is remembered is probed beyond its end for ever",
    ["replication.ts", "if (reach < log.lastIncludedIndex)", "if (reach < 0)"]
  )
]

export const snapshots: ReadonlyArray<Mutant> = [...installing, ...taking, ...sending]
