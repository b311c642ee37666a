/**
 * Commands into the log (§5.3 "the leader appends the command to its log").
 *
 * TLA+: ClientRequest. Entries are sent when the turn ends, so that many
 * proposals of one turn cost one message per follower.
 */
import { commandBytes, type Entry } from "./entry.ts"
import type { CommandsProposed, Proposal } from "./event.ts"
import { logIndex, writeId } from "./ids.ts"
import { logTime } from "./logTime.ts"
import type { ProposalAnswer } from "./output.ts"
import type { Leader } from "./role.ts"
import { leaderId, type Server, withReplicated } from "./server.ts"
import { added, none, type Transition } from "./transition.ts"
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

  const [next, outputs, answers] = takeProposals(server, role, event.proposals)
  return [next, added(outputs, { _tag: "AnswerProposals", after: immediately, answers })]
}

/** Commands into the leader's log, as many as there is room for, and the answer to each. */
export const takeProposals = (
  server: Server,
  role: Leader,
  proposals: ReadonlyArray<Proposal>
): readonly [...Transition, answers: ReadonlyArray<ProposalAnswer>] => {
  const { answers, entries } = admit(server, role, proposals)
  if (entries.length === 0) return [server, none, answers]

  const { log, write, writes } = writeLog(server, { truncateFrom: undefined, entries })
  const { apply, commitIndex, lastSequence } = server
  const next = withReplicated(server, { log, commitIndex, apply, role, lastSequence, writes })
  return [next, [write], answers]
}

/** Definite answers wait for no write. */
const immediately = writeId(0)

interface Admission {
  readonly answers: ReadonlyArray<ProposalAnswer>
  readonly entries: ReadonlyArray<Entry>
}

/** Takes proposals in their order until the uncommitted part of the log is full. */
const admit = (server: Server, leader: Leader, proposals: ReadonlyArray<Proposal>): Admission => {
  const { currentTerm: term, log } = server
  const time = logTime(server, leader)
  const firstIndex = log.lastIndex + 1
  const count = countAdmitted(server, leader, proposals)
  const admitted = count === proposals.length ? proposals : proposals.slice(0, count)
  return {
    entries: admitted.map(({ command, kind = "Command" }, position) => ({
      index: logIndex(firstIndex + position),
      term,
      kind,
      time,
      payload: command
    })),
    answers: proposals.map(({ id }, position) =>
      position < count
        ? { _tag: "Appended", id, index: logIndex(firstIndex + position), term }
        : { _tag: "Overloaded", id }
    )
  }
}

const countAdmitted = (server: Server, leader: Leader, proposals: ReadonlyArray<Proposal>): number => {
  const { commitIndex, log, self } = server
  const { uncommittedBytesMax, uncommittedEntriesMax } = self.options
  // Only its own entries count: what it inherited is committed by one of its own (§5.4.2), which must find room.
  // Commands that came in now would keep a transfer's target from ever having everything.
  if (leader.transfer !== undefined) return 0
  const before = Math.max(commitIndex, leader.tenure.lastIndexBefore)
  const room = Math.min(proposals.length, before + uncommittedEntriesMax - log.lastIndex)
  let bytes = log.bytesAppended - leader.tenure.bytesBefore - leader.bytesCommitted
  for (let count = 0; count < room; count++) {
    // The first uncommitted command is taken however large it is; it could never pass otherwise.
    const isFirst = bytes === 0
    bytes += commandBytes(proposals[count]!.command)
    if (!isFirst && bytes > uncommittedBytesMax) return count
  }
  return Math.max(0, room)
}
