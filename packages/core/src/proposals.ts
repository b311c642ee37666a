/**
 * Commands into the log (§5.3 "the leader appends the command to its log").
 *
 * TLA+: ClientRequest. Entries are sent when the turn ends, so that many
 * proposals of one turn cost one message per follower.
 */
import { type Entry, entryBytes } from "./entry.ts"
import type { CommandsProposed, Proposal } from "./event.ts"
import { logIndex, writeId } from "./ids.ts"
import type { ProposalAnswer } from "./output.ts"
import type { Leader } from "./role.ts"
import { leaderId, type Server } from "./server.ts"
import type { Transition } from "./transition.ts"
import { writeLog } from "./writes.ts"

/** TLA+: ClientRequest. Every proposal is answered in this step: with its place in the log, or definitely appended nowhere. */
export const clientRequest = (server: Server, event: CommandsProposed): Transition => {
  const { role } = server
  if (role._tag !== "Leader") {
    const leader = leaderId(server)
    const answers = event.proposals.map(({ id }): ProposalAnswer => ({
      _tag: "NotLeader",
      id,
      leaderId: leader
    }))
    return [server, [{ _tag: "AnswerProposals", after: immediately, answers }]]
  }

  const { answers, entries } = admit(server, role, event.proposals)
  const answer = { _tag: "AnswerProposals" as const, after: immediately, answers }
  if (entries.length === 0) return [server, [answer]]

  const [written, write] = writeLog(server, { truncateFrom: undefined, entries })
  return [written, [write, answer]]
}

/** Definite answers wait for no write. */
const immediately = writeId(0)

interface Admission {
  readonly answers: ReadonlyArray<ProposalAnswer>
  readonly entries: ReadonlyArray<Entry>
}

/** Takes proposals while the uncommitted part of the log is within its bounds. */
const admit = (server: Server, leader: Leader, proposals: ReadonlyArray<Proposal>): Admission => {
  const { currentTerm, log, self } = server
  const { uncommittedBytesMax, uncommittedEntriesMax } = self.options
  const lastIndexMax = server.commitIndex + uncommittedEntriesMax
  const time = logTime(server, leader)
  const answers: Array<ProposalAnswer> = []
  const entries: Array<Entry> = []
  let bytes = log.bytesAppended - leader.bytesBefore - leader.bytesCommitted
  let index: number = log.lastIndex
  for (const { command, id } of proposals) {
    const entry: Entry = {
      index: logIndex(index + 1),
      term: currentTerm,
      kind: "Command",
      time,
      payload: command
    }
    // The first uncommitted command is taken however large it is; it could never pass otherwise.
    if (index >= lastIndexMax || (bytes > 0 && bytes + entryBytes(entry) > uncommittedBytesMax)) {
      answers.push({ _tag: "Overloaded", id })
      continue
    }
    index++
    bytes += entryBytes(entry)
    entries.push(entry)
    answers.push({ _tag: "Appended", id, index: entry.index, term: currentTerm })
  }
  return { answers, entries }
}

/** Log time goes on from where it stood at the election, at the pace of this server's monotonic clock. */
const logTime = (server: Server, leader: Leader): number =>
  Math.max(server.log.lastTime, Math.floor(leader.electedLogTime + (server.now - leader.electedAt)))
