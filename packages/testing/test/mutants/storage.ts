/**
 * Bugs in the order of what is stored and what is said (Figure 2: "updated on stable storage before responding").
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug, standstill } = inArea("storage")

const promises: ReadonlyArray<Mutant> = [
  bug(["PersistBeforeReply"], "a granted vote does not wait for its write", [
    "election.ts",
    "voteGranted ? latestWriteId(server)",
    "voteGranted ? server.writes.persistedThrough"
  ]),
  bug(["PersistBeforeReply"], "a request for votes leaves before the own vote is durable", [
    "writes.ts",
    "writes.hardStateId > writes.lastId ? writes.hardStateId : writes.lastId",
    "writes.lastId"
  ]),
  bug(["PersistBeforeReply"], "an acknowledgement waits only for a write of its own step", [
    "replication.ts",
    "[next, [acknowledge(next, request, matchIndex)]]",
    "[next, [acknowledge({ ...next, writes: { ...next.writes, lastId: next.writes.hardStateId } }, request, matchIndex)]]"
  ]),
  bug(["PersistBeforeReply"], "an acknowledgement waits for what was stored before", [
    "replication.ts",
    "[write, acknowledge(next, request, matchIndex)]",
    "[write, acknowledge(server, request, matchIndex)]"
  ]),
  bug(["PersistBeforeReply"], "a term is spoken of before it is durable", [
    "writes.ts",
    "=> server.writes.hardStateId",
    "=> server.writes.persistedThrough"
  ]),
  bug(["LogShape", "PersistBeforeReply"], "term and vote are left out of the write", [
    "writes.ts",
    "hardStateId === id ? { currentTerm, votedFor } : undefined",
    "hardStateId === id && id < 0 ? { currentTerm, votedFor } : undefined"
  ])
]

const counting: ReadonlyArray<Mutant> = [
  bug(["QuorumStoresCommitted"], "a leader counts itself before its own disk has the entry", [
    "commit.ts",
    "writes.durableIndex : matchIndexOf",
    "log.lastIndex : matchIndexOf"
  ]),
  bug(["QuorumStoresCommitted", "PersistBeforeReply"], "one completion counts for every write under way", [
    "writes.ts",
    "AppendList.at(writes.inFlight, confirmed - 1)!.lastIndex",
    "AppendList.at(writes.inFlight, AppendList.size(writes.inFlight) - 1)!.lastIndex"
  ]),
  bug(["QuorumStoresCommitted", "PersistBeforeReply"], "what is being truncated counts as durable", [
    "writes.ts",
    "lowered(writes.durableIndex, truncateFrom)",
    "writes.durableIndex"
  ]),
  bug(
    ["QuorumStoresCommitted", "PersistBeforeReply", "SnapshotSound"],
    "a completion counts although a later write takes its entries away",
    ["writes.ts", "lowered(durableIndex, AppendList.at(inFlight, position)!.truncateFrom)", "durableIndex"]
  ),
  bug(
    ["PersistBeforeReply"],
    "a server alone leads before its vote is durable",
    ["election.ts", "writes.persistedThrough >= writes.hardStateId ? true : undefined", "true"],
    [
      "election.ts",
      "return requestVotes({ ...voted, role }, role)",
      "const [asked, requests] = requestVotes({ ...voted, role }, role); const [counted, more] = countVotes(asked); return [counted, [...requests, ...more]]"
    ]
  ),
  bug(["ReplicasConverge"], "a server goes on after its storage has failed", [
    "step.ts",
    "storageFailed: true",
    "storageFailed: false"
  ]),
  standstill(["CommitInTime", "ReplicasConverge"], "a leader with a stuck disk leads on", [
    "step.ts",
    "|| isStalled(server)) return",
    ") return"
  ])
]

export const storage: ReadonlyArray<Mutant> = [...promises, ...counting]
