/**
 * Bugs in leadership transfer (thesis §3.10).
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug, standstill } = inArea("transfer")

/** The order to campaign arrives when much has happened since. */
const lateOrders = ["transfer", "delay", "stall"]

export const transfers: ReadonlyArray<Mutant> = [
  bug(["OneVotePerTerm", "ElectionSafety"], "the target campaigns in the term of its leader", [
    "election.ts",
    "currentTerm: term(server.currentTerm + 1), votedFor: server.self.id",
    "currentTerm: term(server.currentTerm + (leadershipTransfer ? 0 : 1)), votedFor: server.self.id"
  ]),
  {
    ...bug(["LeaderCompleteness"], "the target is elected whatever its log", [
      "election.ts",
      "|| !Ballot.isUpToDate(server, request)",
      "|| !(request.leadershipTransfer || Ballot.isUpToDate(server, request))"
    ]),
    faults: lateOrders
  },
  {
    ...bug(["OneVotePerTerm", "ElectionSafety"], "the target gets votes that others got", [
      "election.ts",
      "Ballot.hasVote(server) && (server.votedFor === undefined",
      "Ballot.hasVote(server) && (request.leadershipTransfer || server.votedFor === undefined"
    ]),
    faults: lateOrders
  },
  standstill(["CommitInTime", "CallsEnd"], "a transfer that comes to nothing never ends", [
    "transfer.ts",
    "if (now >= transfer.deadline)",
    "if (now >= transfer.deadline + 1_000_000)"
  ]),
  standstill(["CommitInTime", "CallsEnd"], "a transfer that ended forbids commands still", [
    "transfer.ts",
    "const role = { ...leader, transfer: undefined }",
    "const role = { ...leader, transfer: { ...transfer, deadline: Infinity } }"
  ])
]
