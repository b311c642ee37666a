/**
 * Known-bad reducers: each is the sources with a small bug planted, as one replacement of a short text that
 * must stand in its file exactly once.
 */
import { type Mutant, mutant } from "./mutant.ts"
import { snapshots } from "./snapshots.ts"

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
    "election.ts",
    "voteGranted: response.voteGranted }",
    "voteGranted: true }"
  ),
  {
    name: "a vote that arrives twice counts twice",
    breaks: "ElectionSafety",
    replacements: [
      { file: "election.ts", text: "role.votes.some((vote) => vote.from === response.from)", by: "false" },
      {
        file: "election.ts",
        text: 'outcome === "Won"',
        by: 'outcome === "Won" || role.votes.filter((vote) => vote.voteGranted).length >= Quorum.quorumSize(server.configuration)'
      }
    ]
  },
  mutant(
    "OneVotePerTerm",
    "a heartbeat of the same term clears the vote",
    "heartbeat.ts",
    "withReplicated(server, {",
    "withReplicated({ ...server, votedFor: undefined }, {"
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
    "!isFree || !isUpToDate(server, request)",
    "!isFree"
  ),
  mutant(
    "LeaderCompleteness",
    "the longer log wins, whatever its last term",
    "election.ts",
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
        text: "return requestVotes({ ...voted, random, role }, role)",
        by: "const asked = requestVotes({ ...voted, random, role }, role); return [countVotes(asked[0]), asked[1]]"
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
    "message.term > server.currentTerm",
    "message.term !== server.currentTerm"
  ),
  mutant(
    "LeaderAppendOnly",
    "handles requests of an older term like its own",
    "step.ts",
    "if (message.term < server.currentTerm)",
    "if (false)"
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
    "step.ts",
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
    "replication.ts",
    "peers.slice()",
    "(peers as Array<Progress.Progress>)"
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
    "Math.min(role.heartbeatAt, stalledAt, retryAt)",
    "Math.min(role.heartbeatAt + 10, stalledAt, retryAt)"
  )
]

export const mutants: ReadonlyArray<Mutant> = [...elections, ...replication, ...commitment, ...snapshots]
