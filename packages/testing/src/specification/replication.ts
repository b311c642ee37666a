/**
 * Replication and commitment (§5.3, §5.4.2), heartbeats and snapshots (§7): when
 * each action may happen, and what it does.
 */
import { areSame, isQuorum, mayFollow } from "./configuration.ts"
import { isSameEntry } from "./Cluster.ts"
import { answerTo } from "./elections.ts"
import { demand } from "./rejection.ts"
import type { Step } from "./Step.ts"
import type { TracedEntry, TracedMessage } from "./traceLine.ts"

/** `ClientRequest(i, v)`. */
export const clientRequest = (step: Step): void => {
  step.append("ClientRequest", (kind) => kind !== "NoOp" && kind !== "Configuration")
}

/** Ours: an entry that only commits what came before it (§8). */
export const appendNoOp = (step: Step): void => {
  step.append("AppendNoOp", (kind) => kind === "NoOp")
}

/** etcd's `ChangeConf(i)`: one at a time, and after something of this term is committed. */
export const changeConf = (step: Step): void => {
  const { cluster, line, server } = step
  const rule = "ChangeConf"
  const { commitIndex } = server
  const before = cluster.configurations.inForce(server)
  demand((server.configurationIndexes.at(-1) ?? 0) <= commitIndex, rule, "the last change is not committed")
  demand(server.termAt(commitIndex) === server.currentTerm, rule, "nothing of this term is committed")
  const after = { members: line.configuration, outgoing: line.outgoing }
  demand(mayFollow(before, after), rule, "quorums of the two configurations may miss each other")
  cluster.configurations.learn(
    step.append(rule, (kind) => kind === "Configuration"),
    after
  )
  demand(areSame(after, cluster.configurations.inForce(server)), rule, "it is not in force")
}

/** `AppendEntries(i, j)`, with as many entries as fit, or none. */
export const appendEntries = (step: Step, to: string): void => {
  const { server } = step
  const rule = "AppendEntries"
  const request = lead(step, rule, { tag: "AppendEntriesRequest", to })
  const { entries, leaderCommit, prevLogIndex, prevLogTerm } = request
  demand(prevLogIndex <= server.lastIndex, rule, "the log does not reach so far")
  demand(prevLogTerm === server.termAt(prevLogIndex), rule, "prevLogTerm is not the log's")
  const isOwn = (entry: TracedEntry, position: number) => {
    const own = server.log[prevLogIndex + position]
    return own !== undefined && isSameEntry(entry, own)
  }
  demand(entries.every(isOwn), rule, "the entries are not the log's")
  demand(leaderCommit === server.commitIndex, rule, "leaderCommit is not the commit index")
}

/** etcd's `Heartbeat(i, j)`: carries no more than the peer surely stores. */
export const heartbeat = (step: Step, to: string): void => {
  const { server } = step
  const rule = "Heartbeat"
  const { leaderCommit } = lead(step, rule, { tag: "HeartbeatRequest", to })
  const known = Math.min(server.commitIndex, server.matchIndex.get(to) ?? 0)
  demand(leaderCommit <= known, rule, `${to} may not store what is at ${leaderCommit}`)
}

/** etcd's `SendSnapshot(i, j)`: of what is committed. */
export const sendSnapshot = (step: Step, to: string): void => {
  const { server } = step
  const rule = "SendSnapshot"
  const { snapshot } = lead(step, rule, { tag: "InstallSnapshotRequest", to })
  demand(snapshot.lastIncludedIndex <= server.commitIndex, rule, "it holds more than is committed")
  demand(
    snapshot.lastIncludedTerm === server.termAt(snapshot.lastIncludedIndex),
    rule,
    "it is of another log"
  )
}

/** What a leader sends names its term. */
const lead = (step: Step, rule: string, { tag, to }: { tag: string; to: string }): TracedMessage => {
  demand(step.server.role === "Leader", rule, "only a leader sends it")
  const request = step.send(rule, { tags: [tag], to })
  demand(request.term === step.server.currentTerm, rule, "it names another term")
  return request
}

/** `AdvanceCommitIndex(i)`. The leader counts what its own disk holds. */
export const advanceCommitIndex = ({ cluster, server }: Step, commitIndex: number): void => {
  const rule = "AdvanceCommitIndex"
  demand(server.role === "Leader", rule, "only a leader decides")
  demand(commitIndex > server.commitIndex, rule, "it does not advance")
  demand(server.termAt(commitIndex) === server.currentTerm, rule, "the entry there is of another term")
  const stores = (id: string) =>
    id === server.id ? server.isDurable(commitIndex) : (server.matchIndex.get(id) ?? 0) >= commitIndex
  demand(isQuorum(cluster.configurations.inForce(server), stores), rule, "no quorum stores it")
  cluster.commit(server, commitIndex, rule)
}

/** `HandleAppendEntriesRequest(i, j, m)`: refused, or accepted with the log and commit index that follow from it. */
export const handleAppendEntriesRequest = (step: Step): void => {
  const { cluster, server } = step
  const rule = "HandleAppendEntriesRequest"
  const request = step.handle(rule, ["AppendEntriesRequest"])
  if (!follow(step, rule, request)) {
    answerTo(step, rule, request, ["AppendEntriesRefused"])
    return
  }
  const { entries, leaderCommit, prevLogIndex, prevLogTerm } = request
  const isLogOk =
    prevLogIndex < server.lastIncludedIndex ||
    (prevLogIndex <= server.lastIndex && server.termAt(prevLogIndex) === prevLogTerm)
  if (!isLogOk) {
    answerTo(step, rule, request, ["AppendEntriesRefused"])
    return
  }
  for (const entry of entries) {
    if (entry.index <= server.lastIndex && server.termAt(entry.index) === entry.term) continue
    demand(entry.index > server.commitIndex, rule, "what is committed is taken back")
    server.truncate(entry.index)
    server.append(entry)
  }
  const matchIndex = prevLogIndex + entries.length
  cluster.commit(server, Math.max(server.commitIndex, Math.min(leaderCommit, matchIndex)), rule)
  const answer = answerTo(step, rule, request, ["AppendEntriesAccepted"])
  demand(answer.matchIndex === matchIndex, rule, "it says more, or less, than it has")
}

/** Whether the sender leads this server's term; then the server is its follower. */
const follow = ({ cluster, server }: Step, rule: string, { from, term }: TracedMessage): boolean => {
  demand(term <= server.currentTerm, rule, "UpdateTerm comes first")
  if (term < server.currentTerm) return false
  demand(server.role !== "Leader", rule, "another server leads the same term")
  server.follow(from, cluster.options.electionTimeoutMin)
  return true
}

/** `HandleAppendEntriesResponse(i, j, m)`. */
export const handleAppendEntriesResponse = (step: Step): void => {
  const { server } = step
  const rule = "HandleAppendEntriesResponse"
  const response = step.handle(rule, ["AppendEntriesAccepted", "AppendEntriesRefused"])
  demand(response.term === server.currentTerm, rule, "it is of another term")
  if (server.role !== "Leader" || response._tag !== "AppendEntriesAccepted") return
  demand(response.matchIndex <= server.lastIndex, rule, "it stores more than its leader")
  match(step, response.from, response.matchIndex)
}

const match = ({ server }: Step, from: string, matchIndex: number): void => {
  server.matchIndex.set(from, Math.max(server.matchIndex.get(from) ?? 0, matchIndex))
}

/** Ours: a heartbeat is a message of its own kind. */
export const handleHeartbeatRequest = (step: Step): void => {
  const { cluster, server } = step
  const rule = "HandleHeartbeatRequest"
  const request = step.handle(rule, ["HeartbeatRequest"])
  if (follow(step, rule, request)) {
    cluster.commit(server, Math.max(server.commitIndex, request.leaderCommit), rule)
  }
  answerTo(step, rule, request, ["HeartbeatResponse"])
}

/** etcd's `HandleHeartbeatResponse(i, j, m)`: proves contact, and never a match. */
export const handleHeartbeatResponse = (step: Step): void => {
  const rule = "HandleHeartbeatResponse"
  const { term } = step.handle(rule, ["HeartbeatResponse"])
  demand(term === step.server.currentTerm, rule, "it is of another term")
}

/** Ours (§7): the log stays, or gives way to the snapshot once its last byte is there. */
export const handleInstallSnapshotRequest = (step: Step): void => {
  const { cluster, line, server } = step
  const rule = "HandleInstallSnapshotRequest"
  const request = step.handle(rule, ["InstallSnapshotRequest"])
  const isFollower = follow(step, rule, request)
  const answer = answerTo(step, rule, request, ["InstallSnapshotResponse"])
  if (!isFollower) {
    demand(!answer.installed, rule, "an old leader's snapshot is taken")
    return
  }
  if (!answer.installed) return
  const { lastIncludedIndex, lastIncludedTerm } = request.snapshot
  const isHeld =
    lastIncludedIndex <= server.commitIndex || server.termAt(lastIncludedIndex) === lastIncludedTerm
  if (!isHeld) {
    demand(
      line.writes.some(({ chunk }) => chunk?.isLast === true),
      rule,
      "the snapshot is not stored"
    )
    const standsFor = cluster.committed.slice(0, lastIncludedIndex)
    const last = standsFor.at(-1)
    demand(last?.index === lastIncludedIndex, rule, "it stands for what nobody committed")
    demand(last.term === lastIncludedTerm, rule, "it stands for another log")
    server.replaceLog(standsFor)
    server.lastIncludedIndex = lastIncludedIndex
  }
  cluster.commit(server, Math.max(server.commitIndex, lastIncludedIndex), rule)
}

/** Ours (§7). */
export const handleInstallSnapshotResponse = (step: Step): void => {
  const { server } = step
  const rule = "HandleInstallSnapshotResponse"
  const response = step.handle(rule, ["InstallSnapshotResponse"])
  demand(response.term === server.currentTerm, rule, "it is of another term")
  if (server.role === "Leader" && response.installed) match(step, response.from, response.lastIncludedIndex)
}

/** etcd's `CompactLog(i)`: only what the state machine holds and the disk has. */
export const compactLog = ({ server }: Step, lastIncludedIndex: number): void => {
  const rule = "CompactLog"
  demand(lastIncludedIndex > server.lastIncludedIndex, rule, "nothing more is forgotten")
  demand(lastIncludedIndex <= server.lastApplied, rule, "what is not applied is forgotten")
  demand(server.isDurable(lastIncludedIndex), rule, "what is not durable is forgotten")
  server.lastIncludedIndex = lastIncludedIndex
}

/** etcd's `ApplyEntries(i)`, and what a restored snapshot brings. */
export const apply = ({ server }: Step, rule: string, lastApplied: number): void => {
  demand(lastApplied > server.lastApplied, rule, "nothing more is applied")
  demand(lastApplied <= server.commitIndex, rule, "what is not committed is applied")
  server.lastApplied = lastApplied
}
