/**
 * Bugs in snapshots and compaction (§7), and the property that must notice each.
 */
import { type Mutant, mutant } from "./mutant.ts"

export const snapshotMutants: ReadonlyArray<Mutant> = [
  mutant(
    "SnapshotIsSound",
    "chunks of two leaders make one snapshot",
    "installSnapshot.ts",
    "incoming.leaderTerm === term &&",
    ""
  ),
  mutant(
    "SnapshotIsSound",
    "chunks of two snapshots of one leader make one snapshot",
    "installSnapshot.ts",
    "incoming.lastIncludedIndex === snapshot.lastIncludedIndex &&",
    ""
  ),
  mutant(
    "SnapshotIsSound",
    "a chunk is stored wherever the last one ended",
    "installSnapshot.ts",
    "offset === wanted &&",
    ""
  ),
  mutant(
    "SnapshotIsSound",
    "a snapshot that is older than what is committed here is installed",
    "installSnapshot.ts",
    "snapshot.lastIncludedIndex <= commitIndex ||",
    ""
  ),
  mutant(
    "PromisesSurviveCrashes",
    "a log that agrees with the snapshot is dropped, with the suffix that was acknowledged",
    "installSnapshot.ts",
    "Log.termAt(log, snapshot.lastIncludedIndex) === snapshot.lastIncludedTerm",
    "false"
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "the last chunk is acknowledged before the snapshot is durable",
    "installSnapshot.ts",
    "outcome.installed || outcome.nextOffset > 0 ? latestWriteId(server) :",
    ""
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "the state machine takes a snapshot in before it is durable",
    "writes.ts",
    "issue(server, log, logIndex(1), [])",
    "issue(server, log, undefined, [])"
  ),
  mutant(
    "SnapshotIsSound",
    "entries are applied while the state is being caught",
    "commit.ts",
    'snapshots.taking !== "Capturing"',
    "true"
  ),
  mutant(
    "SnapshotIsSound",
    "the log is forgotten through what is applied, not through what the snapshot covers",
    "compaction.ts",
    "log: Log.compact(log, through) }",
    "log: Log.compact(log, apply.lastApplied) }"
  ),
  mutant(
    "SnapshotIsSound",
    "a snapshot that another server's has overtaken counts as the newest",
    "compaction.ts",
    "const isNews = index > (snapshots.latest?.lastIncludedIndex ?? 0)",
    "const isNews = index > 0"
  ),
  {
    ...mutant(
      "SnapshotIsSound",
      "a snapshot carries the last configuration of the log, not that at its index",
      "compaction.ts",
      "Configurations.at(server.log.configurations, index)",
      "Configurations.inForce(server.log.configurations)"
    ),
    changesMembers: true
  },
  {
    ...mutant(
      "ConfigurationSafety",
      "the configuration of a snapshot that is installed is not in force",
      "log/log.ts",
      "[{ index: snapshot.configurationIndex, configuration: snapshot.configuration }]",
      "log.configurations"
    ),
    changesMembers: true
  },
  {
    ...mutant(
      "SnapshotIsSound",
      "a server that does not know its cluster yet takes a snapshot",
      "compaction.ts",
      "|| configuration.members.length === 0",
      ""
    ),
    changesMembers: true
  },
  mutant(
    "ProgressIsSound",
    "all chunks of a snapshot are sent at once",
    "snapshotTransfer.ts",
    "nextOffset < size && inflight.length < inflightChunksMax",
    "nextOffset < size"
  ),
  mutant(
    "Liveness",
    "a peer that needs what was forgotten is sent nothing",
    "appendEntries.ts",
    "before.nextIndex > server.log.lastIncludedIndex ? feedEntries",
    "before.nextIndex > 0 ? feedEntries"
  ),
  mutant(
    "Liveness",
    "nobody asks a silent peer how much of the snapshot it has",
    "snapshotTransfer.ts",
    'phase === "Sending" && (oldest',
    'phase === "Asking" && (oldest'
  ),
  mutant(
    "Liveness",
    "a question that was lost is not repeated",
    "snapshotTransfer.ts",
    "transfer.isPaused ? { ...transfer, isPaused: false } : transfer",
    "transfer"
  ),
  mutant(
    "Liveness",
    "a peer whose log ends before what is remembered is probed beyond its end for ever",
    "replication.ts",
    "if (reach < log.lastIncludedIndex)",
    "if (reach < 0)"
  )
]
