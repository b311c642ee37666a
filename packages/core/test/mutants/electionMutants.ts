/**
 * Known-bad reducers, as in `mutants.ts`: bugs in PreVote, CheckQuorum, transfers and the no-op.
 */
import type { Property } from "../properties/property.ts"
import { type Mutant, mutant } from "./mutant.ts"

const allOn = (breaks: Property, name: string, file: string, text: string, by: string): Mutant => ({
  ...mutant(breaks, name, file, text, by),
  isAllOn: true
})

export const electionMutants: ReadonlyArray<Mutant> = [
  allOn(
    "PreVoteChangesNothing",
    "granting a pre-vote grants time",
    "preVote.ts",
    "return [server, [send(response,",
    "return [voteGranted ? becomeFollower(server, undefined) : server, [send(response,"
  ),
  allOn(
    "PreVoteChangesNothing",
    "the term of a pre-vote request is adopted",
    "step.ts",
    'if (message._tag === "PreVoteRequest") return',
    'if (message._tag === "PreVoteRequest" && message.term < server.currentTerm) return'
  ),
  allOn(
    "PreVoteChangesNothing",
    "a server raises its term before it asks",
    "preVote.ts",
    "const drawn = { ...server,",
    "const drawn = { ...server, currentTerm: term(server.currentTerm + 1),"
  ),
  {
    name: "pre-votes are counted as votes",
    breaks: "ElectionSafety",
    isAllOn: true,
    replacements: [
      {
        file: "preVote.ts",
        text: "return campaigns ? campaign(server, false)",
        by: "return campaigns ? campaign({ ...server, role: counted }, false)"
      },
      {
        file: "election.ts",
        text: "...Ballot.open(voted), leadershipTransfer }",
        by: '...Ballot.open(voted), ...(server.role._tag === "PreCandidate" ? { votes: server.role.votes } : {}), leadershipTransfer }'
      }
    ]
  },
  allOn(
    "NoVoteAgainstFollowedLeader",
    "a vote asked for too soon is only refused while its term is new",
    "election.ts",
    "|| isTooSoon(server, request)",
    ""
  ),
  allOn(
    "NoVoteAgainstFollowedLeader",
    "a restart forgets that a leader may have been heard of",
    "server.ts",
    "options.checkQuorum ? at + options.electionTimeoutMin : at",
    "at"
  ),
  allOn(
    "NoVoteAgainstFollowedLeader",
    "a newer term forgets that a leader was heard of",
    "election.ts",
    "{ ...server.role, leaderId: undefined }",
    "{ ...server.role, leaderId: undefined, noVoteBefore: next.now }"
  ),
  allOn(
    "NoVoteAgainstFollowedLeader",
    "a vote for a transfer's target frees the voter for everybody else",
    "election.ts",
    'role._tag === "Follower" ? role.noVoteBefore : now',
    "now"
  ),
  allOn(
    "NoVoteAgainstFollowedLeader",
    "followers hold to a leader for half of the shortest election timeout",
    "heartbeat.ts",
    "now + self.options.electionTimeoutMin",
    "now + self.options.electionTimeoutMin / 2"
  ),
  allOn(
    "NoVoteAgainstFollowedLeader",
    "every candidate says that its leader told it to campaign",
    "election.ts",
    "leadershipTransfer: candidate.leadershipTransfer",
    "leadershipTransfer: true"
  ),
  allOn(
    "OneResponsePerRequest",
    "a vote asked for too soon is dropped",
    "step.ts",
    "[server, [answerVote(server, message, false)]]",
    "[server, []]"
  ),
  allOn(
    "OneResponsePerRequest",
    "who campaigns for its leader does not answer it",
    "transfer.ts",
    "[campaigning, [response, ...outputs]]",
    "[campaigning, outputs]"
  ),
  allOn(
    "Liveness",
    "a new leader must have heard from its quorum at once",
    "contact.ts",
    "checkAt: server.now + patience(server),\n  pledges",
    "checkAt: server.now,\n  pledges"
  ),
  allOn(
    "DeadlineNeverLies",
    "a leader sleeps on when its quorum has been silent for too long",
    "deadline.ts",
    "role.contact.checkAt : Infinity",
    "Infinity : Infinity"
  ),
  allOn(
    "DeadlineNeverLies",
    "a leader whose target has everything sleeps on",
    "deadline.ts",
    "|| isTransferDue(server, role)",
    ""
  )
]
