/**
 * Known-bad reducers, as in `mutants.ts`: bugs in how commands are forwarded.
 */
import { type Mutant, mutant } from "./mutant.ts"

const forwarding = (name: string, text: string, by: string, file = "forwarding.ts"): Mutant => ({
  ...mutant("ProposalsAreAnsweredTruly", name, file, text, by),
  forwards: true
})

export const forwardMutants: ReadonlyArray<Mutant> = [
  forwarding(
    "a leader appends every copy of a forwarded command",
    "if (copied !== undefined) return",
    "if (false) return"
  ),
  forwarding(
    "a late copy of what its sender has forgotten is appended",
    "if (request.sequence < forwarder.firstOpen) return unknown",
    ""
  ),
  forwarding(
    "two lives of a server are one to the leader",
    "life.id === from && life.incarnation === incarnation",
    "life.id === from"
  ),
  forwarding(
    "a leader appends what was meant for another leader's term",
    'role._tag === "Leader" && request.leaderTerm === server.currentTerm',
    'role._tag === "Leader"'
  ),
  forwarding(
    "who leads no more says nowhere, whatever it took",
    "return known(forwarder, request) ?? nowhere",
    "return nowhere"
  ),
  forwarding(
    "who has led since says nowhere about an earlier term",
    "if (request.leaderTerm < taken.term || !taken.isKnown) return unknown",
    "if (request.leaderTerm < taken.term) return nowhere\n  if (!taken.isKnown) return unknown"
  ),
  forwarding(
    "who came back says nowhere about the term that it led",
    "isKnown: votedFor !== id",
    "isKnown: true",
    "forwards.ts"
  ),
  forwarding(
    "an answer to an earlier life is taken for one's own",
    "if (response.asker !== server.self.incarnation) return unchanged(server)",
    ""
  ),
  forwarding(
    "all commands of a request are said to stand at the first one's place",
    "index: logIndex(firstIndex + position), term: leaderTerm",
    "index: firstIndex, term: leaderTerm"
  ),
  forwarding(
    "the term of a forwarded command is said to be the answer's",
    "index: logIndex(firstIndex + position), term: leaderTerm",
    "index: logIndex(firstIndex + position), term: server.currentTerm"
  ),
  forwarding(
    "a forwarded command is waited for beyond its time",
    "if (forward.deadline <= now) {",
    "if (forward.deadline < now) {"
  )
]
