/**
 * Bugs in elections (§5.2, §5.4.1) and in what keeps them rare: PreVote and CheckQuorum.
 */
import { inArea, type Mutant } from "./mutant.ts"

const { bug, standstill } = inArea("election")

const votes: ReadonlyArray<Mutant> = [
  bug(["ElectionSafety", "QuorumStoresCommitted"], "a quorum is one server short", [
    "quorum.ts",
    "votersIn(configuration) / 2) + 1",
    "votersIn(configuration) / 2)"
  ]),
  bug(["ElectionSafety", "QuorumStoresCommitted"], "half of an even cluster is a quorum", [
    "quorum.ts",
    "votersIn(configuration) / 2) + 1",
    "(votersIn(configuration) + 1) / 2)"
  ]),
  bug(["ElectionSafety"], "a refused vote counts", [
    "ballot.ts",
    "voteGranted: answer.voteGranted }",
    "voteGranted: true }"
  ]),
  {
    ...bug(
      ["ElectionSafety"],
      "a vote that arrives twice counts twice",
      ["ballot.ts", "votes.some(({ from }) => from === answer.from)", "false"],
      [
        "election.ts",
        'Ballot.outcome(server, role, ownVote) === "Won"',
        'Ballot.outcome(server, role, ownVote) === "Won" || (ownVote === true ? 1 : 0) + role.votes.filter((vote) => vote.voteGranted).length > server.configuration.members.length / 2'
      ]
    ),
    faults: ["duplication", "partition", "crash"]
  },
  bug(["OneVotePerTerm", "ElectionSafety"], "a server votes for every candidate of a term", [
    "election.ts",
    "server.votedFor === undefined || server.votedFor === request.from",
    "true"
  ]),
  bug(["OneVotePerTerm"], "a heartbeat of the same term clears the vote", [
    "heartbeat.ts",
    "const next = withReplicated(server, {",
    "const next = withReplicated({ ...server, votedFor: undefined }, {"
  ]),
  bug(["OneVotePerTerm"], "a restart forgets the vote", [
    "server.ts",
    "votedFor: persistent.hardState.votedFor",
    "votedFor: undefined"
  ]),
  bug(["LeaderCompleteness"], "votes are given without looking at logs", [
    "election.ts",
    "|| !Ballot.isUpToDate(server, request)",
    ""
  ]),
  bug(["LeaderCompleteness"], "the longer log wins, whatever its last term", [
    "ballot.ts",
    "candidate.lastLogTerm > log.lastTerm ||",
    "candidate.lastLogIndex > log.lastIndex ||"
  ]),
  bug(["LeaderCompleteness"], "the later last term wins, and lengths do not matter", [
    "ballot.ts",
    "candidate.lastLogIndex >= log.lastIndex",
    "candidate.lastLogIndex >= 0"
  ])
]

const terms: ReadonlyArray<Mutant> = [
  bug(["TermNeverFalls"], "a restart forgets the term", [
    "server.ts",
    "currentTerm: persistent.hardState.currentTerm",
    "currentTerm: log.lastTerm"
  ]),
  bug(["TermNeverFalls"], "an older term is adopted like a newer one", [
    "step.ts",
    "if (message.term < server.currentTerm) {",
    "if (message.term < 0) {"
  ]),
  bug(
    ["LeaderAppendOnly", "PersistBeforeReply"],
    "a request of an older term is handled like one of this term",
    ["step.ts", ": [server, answerOldTerm(server, message)]", ": dispatch(server, message)"]
  ),
  bug(["ElectionSafety"], "a leader goes on in the newer term of another", [
    "election.ts",
    ": becomeFollower(next, undefined)",
    ': server.role._tag === "Leader" ? next : becomeFollower(next, undefined)'
  ]),
  bug(["OneVotePerTerm", "ElectionSafety"], "a server campaigns in the term that it is in", [
    "election.ts",
    "currentTerm: term(server.currentTerm + 1), votedFor: server.self.id",
    "currentTerm: term(Math.max(1, server.currentTerm)), votedFor: server.self.id"
  ]),
  standstill(["LeaderInTime"], "the vote of the last term stays in the next", [
    "election.ts",
    "currentTerm: newerTerm, votedFor: undefined",
    "currentTerm: newerTerm, votedFor: server.votedFor"
  ])
]

const disturbance: ReadonlyArray<Mutant> = [
  standstill(["LeaderInTime", "ReplicasConverge"], "all election timeouts are equal", [
    "server.ts",
    "return drawTimeout(random, self.options)",
    "return electionTimeoutMin + 0 * drawTimeout(random, self.options)"
  ]),
  standstill(
    ["LeaderStays"],
    "a server raises its term before it asks whether it could win",
    [
      "preVote.ts",
      "const drawn = { ...server,",
      "const drawn = { ...changeHardState(server, { currentTerm: term(server.currentTerm + 1), votedFor: undefined }),"
    ],
    ["preVote.ts", "import { hardStateWriteId }", "import { changeHardState, hardStateWriteId }"]
  ),
  standstill(["LeaderStays"], "a server campaigns without asking", [
    "preVote.ts",
    "return server.self.options.preVote ?",
    "return server.now < 0 ?"
  ]),
  standstill(["LeaderStays"], "who hears from a leader encourages others to campaign", [
    "preVote.ts",
    "!hasLeader(server) &&",
    ""
  ]),
  standstill(["LeaderStays", "LeaderInTime"], "the term of a question is adopted", [
    "step.ts",
    'if (message._tag === "PreVoteRequest") return',
    'if (message._tag === "PreVoteRequest" && message.term < server.currentTerm) return'
  ]),
  standstill(["LeaderStepsDown"], "a leader that lost its quorum leads on", [
    "contact.ts",
    "return next > server.now ?",
    "return next > 0 ?"
  ]),
  standstill(["LeaderStepsDown"], "a leader believes in its quorum without an answer", [
    "contact.ts",
    "leader.progress.find((peer) => peer.id === id)?.answered",
    "server.lastSequence"
  ])
]

export const elections: ReadonlyArray<Mutant> = [...votes, ...terms, ...disturbance]
