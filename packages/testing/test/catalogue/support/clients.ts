/**
 * What clients and operators ask of a server on a stage, and what they hear.
 */
import {
  Configuration,
  type ConfigurationChangeAnswer,
  encodeSessionCommand,
  type MemberChange,
  type LogIndex,
  type Progress,
  type RequestedChange,
  type SessionCommand,
  serverId
} from "@effect-raft/core"
import { bytesOf } from "./notation.ts"
import type { Stage } from "./Stage.ts"

/** Commands for a server; a leader sends them at once. What it answered: `Appended Overloaded`. */
export const propose = (stage: Stage, id: string, ...commands: ReadonlyArray<string>): string => {
  const proposals = commands.map((text) => ({ id: ++stage.asked, command: bytesOf(text) }))
  const event = { _tag: "CommandsProposed" as const, at: stage.seat(id).clock, proposals }
  const answers = stage
    .tell(id, event)
    .flatMap((output) => (output._tag === "AnswerProposals" ? output.answers : []))
  stage.turn(id)
  return answers.map(({ _tag }) => _tag).join(" ")
}

/** An entry about a session, for a leader. */
export const proposeSession = (stage: Stage, id: string, command: SessionCommand): void => {
  const proposal = { id: ++stage.asked, kind: "Session" as const, command: encodeSessionCommand(command) }
  stage.tell(id, { _tag: "CommandsProposed", at: stage.seat(id).clock, proposals: [proposal] })
  stage.turn(id)
}

/** A linearizable read. Gives its number, for `readAnswer`. */
export const read = (stage: Stage, id: string): number => {
  const number = ++stage.asked
  stage.tell(id, { _tag: "ReadRequested", at: stage.seat(id).clock, ids: [number] })
  stage.turn(id)
  return number
}

/** A read that a lease may answer at once, and a quorum otherwise. */
export const readByLease = (stage: Stage, id: string): number => {
  const number = ++stage.asked
  const at = stage.seat(id).clock
  stage.tell(id, { _tag: "ReadRequested", at, ids: [number], consistency: { _tag: "Lease" } })
  stage.turn(id)
  return number
}

/** What a read was answered: the index that it may see, why it may not, or `undefined` so far. */
export const readAnswer = (stage: Stage, id: string, number: number): number | string | undefined => {
  const [answer, ...more] = stage
    .seat(id)
    .answers.flatMap((output) => (output._tag === "AnswerReads" ? output.answers : []))
    .filter((answer) => answer.id === number)
  if (more.length > 0) throw new Error("a read was answered twice")
  return answer?._tag === "Ready" ? answer.readIndex : answer?._tag
}

/** Hands leadership over. Gives its number, for `transferAnswer`. */
export const transfer = (stage: Stage, from: string, to: string): number => {
  const id = ++stage.asked
  const at = stage.seat(from).clock
  stage.tell(from, { _tag: "LeadershipTransferRequested", at, id, target: serverId(to) })
  stage.turn(from)
  return id
}

export const transferAnswer = (stage: Stage, id: string, number: number): string | undefined =>
  stage
    .seat(id)
    .answers.flatMap((output) =>
      output._tag === "AnswerTransfer" && output.id === number ? [output.result._tag] : []
    )
    .join(" ") || undefined

/** Asks for other members. Gives what the server answered at once. */
export const change = (
  stage: Stage,
  id: string,
  change: RequestedChange,
  expectedIndex?: LogIndex
): ConfigurationChangeAnswer => {
  const event = {
    _tag: "ConfigurationChangeRequested" as const,
    at: stage.seat(id).clock,
    id: ++stage.asked,
    change,
    expectedIndex
  }
  const [answer] = stage
    .tell(id, event)
    .flatMap((output) => (output._tag === "AnswerConfigurationChange" ? [output.result] : []))
  stage.turn(id)
  if (answer === undefined) throw new Error("a change was not answered")
  return answer
}

export const addLearner = (id: string): MemberChange => ({
  _tag: "Add",
  member: Configuration.learner(serverId(id))
})
export const promote = (id: string): MemberChange => ({ _tag: "Promote", id: serverId(id) })
export const remove = (id: string): MemberChange => ({ _tag: "Remove", id: serverId(id) })

export const simple = (...changes: ReadonlyArray<MemberChange>): RequestedChange => ({
  _tag: "Simple",
  changes
})

/** Through a joint configuration that the leader ends by itself. */
export const joint = (...changes: ReadonlyArray<MemberChange>): RequestedChange => ({
  _tag: "EnterJoint",
  changes,
  autoLeave: true
})

/** What a leader knows of a peer. */
export const progressOf = (stage: Stage, leader: string, peer: string): Progress => {
  const { role } = stage.server(leader)
  const progress = role._tag === "Leader" ? role.progress.find(({ id }) => id === peer) : undefined
  if (progress === undefined) throw new Error(`${leader} does not lead ${peer}`)
  return progress
}
