/**
 * Bugs in reads that leave no entry in the log (thesis §6.4).
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug } = inArea("read")

/** Too old an index for a read; clients may notice it by themselves. */
const reads: Mutant["breaks"] = ["ReadsSeeCommitted", "RealTimeOrder"]

export const reading: ReadonlyArray<Mutant> = [
  {
    ...bug(reads, "an answer counts for the latest request, whichever it answers", [
      "heartbeat.ts",
      "Progress.heard(peer, sequence)",
      "Progress.heard(peer, server.lastSequence)"
    ]),
    faults: ["partition", "delay", "reordering"]
  },
  bug(reads, "a leader reads before it has committed anything of its term", [
    "lease.ts",
    "Log.termAt(log, commitIndex) === currentTerm",
    "Log.termAt(log, commitIndex) !== undefined"
  ]),
  bug(["ReadsWait", "RealTimeOrder"], "a read is answered before its index is applied", [
    "readIndex.ts",
    "readIndex <= apply.lastApplied",
    "readIndex <= server.commitIndex"
  ]),
  bug(reads, "a read sees what is applied here, not what is committed", [
    "readIndex.ts",
    "readIndex: server.commitIndex",
    "readIndex: server.apply.lastApplied"
  ]),
  bug(reads, "a late answer to an earlier question confirms a later read", [
    "readIndex.ts",
    "leader === response.from && number === response.sequence",
    "leader === response.from"
  ]),
  {
    ...bug(reads, "an answer to an earlier life confirms a read of this one", [
      "readIndex.ts",
      "if (response.asker !== server.self.incarnation)",
      "if (response.asker > 0xffff_ffff)"
    ]),
    faults: ["crashLoop", "delay", "duplication"]
  },
  bug(reads, "a leader reads without asking a quorum", [
    "contact.ts",
    "leader.progress.find((peer) => peer.id === id)?.answered",
    "server.lastSequence + 1"
  ]),
  bug(reads, "a follower reads without asking its leader", [
    "readIndex.ts",
    "{ ...server, lastSequence, reads: { ...server.reads, forwarded } }",
    "{ ...server, lastSequence, reads: { ...server.reads, confirmed: [...server.reads.confirmed, { ids, deadline, readIndex: server.apply.lastApplied }] } }"
  ]),
  bug(reads, "a lease never ends", [
    "lease.ts",
    "server.now < heldUntil(server, leader)",
    "heldUntil(server, leader) > 0"
  ]),
  bug(reads, "what a heartbeat tells is dated by its arrival", [
    "freshness.ts",
    "const freshAt = news.commitIndex === 0 ? -Infinity : led",
    "const freshAt = news.commitIndex === 0 ? -Infinity : server.now"
  ]),
  bug(reads, "what a follower may commit stands for all that is committed", [
    "freshness.ts",
    "    freshAt,\n    commitIndex: news.commitIndex",
    "    freshAt,\n    commitIndex: request.leaderCommit"
  ])
]
