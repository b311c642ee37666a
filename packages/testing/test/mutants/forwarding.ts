/**
 * Bugs in how commands reach the leader from another server (§8).
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug } = inArea("forward")

export const forwarding: ReadonlyArray<Mutant> = [
  bug(["ExactlyOnce"], "a leader appends every copy of a forwarded command", [
    "forwarding.ts",
    "if (copied !== undefined) return",
    "if (copied !== undefined && request.proposals.length > 1_000) return"
  ]),
  {
    ...bug(["ExactlyOnce", "AcknowledgedIsCommitted"], "who leads no more says nowhere of what it took", [
      "forwarding.ts",
      "return known(forwarder, request) ?? nowhere",
      "return nowhere"
    ]),
    faults: ["loss", "delay", "transfer"]
  },
  bug(
    ["AcknowledgedIsCommitted", "ExactlyOnce", "Linearizability"],
    "all commands of a request are said to stand at the first one's place",
    [
      "forwarding.ts",
      "index: logIndex(firstIndex + position), term: leaderTerm",
      "index: firstIndex, term: leaderTerm"
    ]
  ),
  {
    ...bug(
      ["ExactlyOnce", "AcknowledgedIsCommitted"],
      "a forwarded command that nobody answers is said to be nowhere",
      [
        "forwarding.ts",
        'proposals.map(({ id }) => ({ _tag: "Unknown", id }))',
        'proposals.map(({ id }) => ({ _tag: "NotLeader", id, leaderId: undefined }))'
      ]
    ),
    faults: ["loss", "crash", "leaderAlone"]
  },
  bug(["CallsEnd"], "a forwarded command is waited for beyond its time", [
    "forwarding.ts",
    "if (forward.deadline <= now) {",
    "if (forward.deadline <= now - 1e9) {"
  ])
]
