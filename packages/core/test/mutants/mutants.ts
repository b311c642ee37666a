/**
 * Known-bad reducers: each is the sources with a small bug planted, as one replacement of a short text that
 * must stand in its file exactly once.
 */
import { type Mutant, mutant } from "./mutant.ts"

const elections: ReadonlyArray<Mutant> = [
  mutant(
    "ElectionSafety",
    "a quorum is one server short",
    "quorum.ts",
    "votersIn(configuration) / 2) + 1",
    "votersIn(configuration) / 2)"
  ),
  mutant(
    "ElectionSafety",
    "half of an even cluster is a quorum",
    "quorum.ts",
    "votersIn(configuration) / 2) + 1",
    "(votersIn(configuration) + 1) / 2)"
  ),
  mutant(
    "ElectionSafety",
    "a refused vote counts",
    "ballot.ts",
    "voteGranted: answer.voteGranted }",
    "voteGranted: true }"
  ),
  {
    name: "a vote that arrives twice counts twice",
    breaks: "ElectionSafety",
    replacements: [
      { file: "ballot.ts", text: "votes.some(({ from }) => from === answer.from)", by: "false" },
      {
        file: "election.ts",
        text: 'Ballot.outcome(server, role, ownVote) === "Won"',
        by: "role.votes.filter((vote) => vote.voteGranted).length * 2 >= server.configuration.members.length"
      }
    ]
  },
  mutant(
    "OneVotePerTerm",
    "a heartbeat of the same term clears the vote",
    "heartbeat.ts",
    "const next = withReplicated(server, {",
    "const next = withReplicated({ ...server, votedFor: undefined }, {"
  ),
  mutant(
    "OneVotePerTerm",
    "the vote is forgotten at a restart",
    "server.ts",
    "votedFor: persistent.hardState.votedFor",
    "votedFor: undefined"
  ),
  mutant(
    "LeaderCompleteness",
    "votes without looking whose log is up to date",
    "election.ts",
    "|| !Ballot.isUpToDate(server, request)",
    ""
  ),
  mutant(
    "LeaderCompleteness",
    "the longer log wins, whatever its last term",
    "ballot.ts",
    "candidate.lastLogTerm > log.lastTerm ||",
    "candidate.lastLogIndex > log.lastIndex ||"
  ),
  {
    name: "a server alone leads before its own vote is durable",
    breaks: "NoPromiseBeforeItsWrite",
    replacements: [
      {
        file: "election.ts",
        text: "writes.persistedThrough >= writes.hardStateId ? true : undefined",
        by: "true"
      },
      {
        file: "election.ts",
        text: "return requestVotes({ ...voted, role }, role)",
        by: "const asked = requestVotes({ ...voted, role }, role); return [countVotes(asked[0])[0], asked[1]]"
      }
    ]
  },
  mutant(
    "NoPromiseBeforeItsWrite",
    "a granted vote does not wait for its write",
    "election.ts",
    "voteGranted ? latestWriteId(server)",
    "voteGranted ? server.writes.persistedThrough"
  ),
  mutant(
    "Liveness",
    "the vote is not reset by a newer term",
    "election.ts",
    "currentTerm: newerTerm, votedFor: undefined",
    "currentTerm: newerTerm, votedFor: server.votedFor"
  ),
  mutant(
    "TermAndCommitNeverFall",
    "adopts any other term",
    "step.ts",
    "if (message.term < server.currentTerm) {",
    "if (message.term < 0) {"
  ),
  mutant(
    "LeaderAppendOnly",
    "handles requests of an older term like its own",
    "step.ts",
    ": [server, answerOldTerm(server, message)]",
    ": dispatch(server, message)"
  )
]

const replication: ReadonlyArray<Mutant> = [
  mutant(
    "LogMatching",
    "accepts entries without the consistency check",
    "replication.ts",
    "Log.termAt(log, prevLogIndex) === prevLogTerm",
    "true"
  ),
  mutant(
    "LogMatching",
    "truncates one entry too late",
    "replication.ts",
    "from <= log.lastIndex ? from",
    "from < log.lastIndex ? from"
  ),
  mutant(
    "PromisesSurviveCrashes",
    "truncates on every append",
    "replication.ts",
    "agrees(log, entries[position]!)",
    "false"
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "matchIndex is the follower's last index",
    "replication.ts",
    "logIndex(request.prevLogIndex + request.entries.length)",
    "logIndex(Math.max(server.log.lastIndex, request.prevLogIndex + request.entries.length))"
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "an acknowledgement waits only for a write of its own step",
    "replication.ts",
    "[next, [acknowledge(next, request, matchIndex)]]",
    "[next, [{ ...acknowledge(next, request, matchIndex), after: hardStateWriteId(next) }]]"
  ),
  mutant(
    "AfterNamesTheWrite",
    "a refusal is held back by a log write",
    "replication.ts",
    "send(refusal(server, request), hardStateWriteId(server))",
    "send(refusal(server, request), latestWriteId(server))"
  ),
  mutant(
    "OneResponsePerRequest",
    "an append of an older term is dropped",
    "dispatch.ts",
    "return [refuseOldTerm(server, message)]",
    "return none"
  ),
  mutant(
    "ProgressIsSound",
    "nextIndex does not pass matchIndex",
    "progress.ts",
    "wasProbing ? afterReached",
    "wasProbing ? reached"
  ),
  mutant(
    "ProgressIsSound",
    "probes of a silent peer pile up",
    "progress.ts",
    'progress.mode === "Probe" ? nothing : progress.inflight',
    "progress.inflight"
  ),
  mutant(
    "Liveness",
    "a probe without an answer is never repeated",
    "appendEntries.ts",
    "isRound && before.paused ? { ...before, paused: false } : before",
    "before"
  ),
  mutant(
    "Liveness",
    "nobody asks a full pipeline whether it lost something",
    "appendEntries.ts",
    "oldest !== undefined &&",
    "false &&"
  ),
  mutant(
    "Purity",
    "a peer's progress is replaced in place",
    "progress.ts",
    "peers.slice()",
    "(peers as Array<Progress>)"
  ),
  mutant(
    "Purity",
    "branches of a log share what only one of them appended",
    "log/appendList.ts",
    "list.backing.length === list.end",
    "list.backing.length >= list.end"
  )
]

const commitment: ReadonlyArray<Mutant> = [
  mutant(
    "LeaderCompleteness",
    "an entry of an older term is committed by counting",
    "commit.ts",
    "Log.termAt(log, candidate) === server.currentTerm",
    "true"
  ),
  mutant(
    "QuorumStoresWhatIsCommitted",
    "the leader counts itself through its last index",
    "commit.ts",
    "writes.durableIndex : matchIndexOf",
    "log.lastIndex : matchIndexOf"
  ),
  mutant(
    "StateMachineSafety",
    "a follower commits beyond what it knows to match",
    "replication.ts",
    "leaderCommit < matchIndex ? leaderCommit : matchIndex",
    "leaderCommit < server.log.lastIndex ? leaderCommit : server.log.lastIndex"
  ),
  mutant(
    "StateMachineSafety",
    "a heartbeat tells a commit index beyond the match",
    "appendEntries.ts",
    "commitIndex < matchIndex ? commitIndex : matchIndex",
    "commitIndex"
  ),
  mutant(
    "TermAndCommitNeverFall",
    "an old message takes commitment back",
    "commit.ts",
    "leaderCommit > commitIndex ? leaderCommit : commitIndex",
    "leaderCommit"
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "applies what is not durable",
    "commit.ts",
    "commitIndex < writes.durableIndex ? commitIndex : writes.durableIndex",
    "commitIndex"
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "truncation leaves durableIndex where it is",
    "writes.ts",
    "lowered(writes.durableIndex, truncateFrom)",
    "writes.durableIndex"
  ),
  mutant(
    "NoPromiseBeforeItsWrite",
    "a completion counts although a later write removed what it wrote",
    "writes.ts",
    "lowered(durableIndex, AppendList.at(inFlight, position)!.truncateFrom)",
    "durableIndex"
  ),
  mutant(
    "Liveness",
    "a failed read is taken for the end of the log",
    "commit.ts",
    "retryAt: server.now + server.self.options.heartbeatInterval",
    "retryAt: Infinity"
  ),
  mutant(
    "DeadlineNeverLies",
    "a leader with something to send sleeps on",
    "deadline.ts",
    "hasSomethingToSend(server, role)",
    "hasSomethingToSend(server, role) && server.now < 0"
  ),
  mutant(
    "DeadlineNeverLies",
    "promises to sleep longer than until the next heartbeat",
    "deadline.ts",
    "Math.min(role.heartbeatAt,",
    "Math.min(role.heartbeatAt + 10,"
  )
]

const reads: ReadonlyArray<Mutant> = [
  mutant(
    "ReadsSeeTheCommitted",
    "a round is confirmed by answers to what was sent before it",
    "readIndex.ts",
    "rounds[count]!.after < answered",
    "rounds[count]!.after <= answered + 1"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a leader reads before it has committed an entry of its term",
    "lease.ts",
    "Log.termAt(log, commitIndex) === currentTerm",
    "Log.lastIndexWithTermAtMost !== undefined"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a read is answered before its index is applied",
    "readIndex.ts",
    "readIndex <= apply.lastApplied",
    "readIndex <= server.commitIndex"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a read sees what is applied here rather than what is committed",
    "readIndex.ts",
    "readIndex: server.commitIndex",
    "readIndex: server.apply.lastApplied"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a read waits for ever",
    "step.ts",
    "if (readDeadline(server) > server.now) return",
    "if (server.now >= 0) return"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a late answer to an earlier question confirms a later read",
    "readIndex.ts",
    "leader === response.from && number === response.sequence",
    "leader === response.from"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "an answer to an earlier life confirms a read of this one",
    "readIndex.ts",
    "if (response.asker !== server.self.incarnation)",
    "if (response.asker > server.self.incarnation)"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a leader that stepped down leaves its readers waiting",
    "readIndex.ts",
    "return refuseAll(after, pendingOf(before.role), (ids) => notLeader(after, ids))",
    "return []"
  ),
  mutant(
    "ReadsSeeTheCommitted",
    "a leader trusts itself without asking a quorum",
    "contact.ts",
    "leader.progress.find((peer) => peer.id === id)?.answered",
    "server.lastSequence + 1"
  )
]

export const mutants: ReadonlyArray<Mutant> = [...elections, ...replication, ...commitment, ...reads]
