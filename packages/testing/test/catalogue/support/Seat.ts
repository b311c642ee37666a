/**
 * One place on a stage: a server with its storage, its state machine and what it has ordered.
 */
import {
  type ApplyEntries,
  applySessionEntry,
  decodeSessionCommand,
  type Entry,
  type InstallSnapshot,
  type Output,
  type Server,
  type ServerId,
  Sessions,
  type SnapshotMetadata,
  type TakeSnapshot
} from "@effect-raft/core"
import { bytesOf, textOf } from "./notation.ts"
import type { StageDisk } from "./StageDisk.ts"

export interface Seat {
  readonly id: ServerId
  disk: StageDisk
  /** `undefined` while it is down. */
  server: Server | undefined
  /** Its own clock (ms). */
  clock: number
  lives: number
  /** Outputs whose write is not durable. */
  held: ReadonlyArray<Output>
  machine: Machine
  /** What the state machine was ordered to do and has not done: nothing, unless a scenario makes it wait. */
  orders: ReadonlyArray<ApplyEntries | TakeSnapshot | InstallSnapshot>
  isMachineSlow: boolean
  /** A snapshot that was taken and is not saved. */
  saving: { readonly snapshot: SnapshotMetadata; readonly bytes: Uint8Array } | undefined
  isSavingSlow: boolean
  failsReads: boolean
  /** What it has read back from storage: how many entries each time. */
  readonly reads: Array<number>
  /** Everything that the server answered, to whomever. */
  readonly answers: Array<Output>
}

/** A state machine that remembers the commands it was given, with sessions around it. A value. */
export interface Machine {
  readonly through: number
  readonly commands: ReadonlyArray<string>
  readonly sessions: Sessions.Sessions<string>
  /** What each session entry came to, in the order of the log. */
  readonly outcomes: ReadonlyArray<string>
}

export const emptyMachine: Machine = { through: 0, commands: [], sessions: Sessions.empty, outcomes: [] }

export const apply = (machine: Machine, entry: Entry): Machine => {
  const { index, kind, payload } = entry
  if (index !== machine.through + 1) {
    throw new Error(`entry ${index} was applied after entry ${machine.through}`)
  }
  switch (kind) {
    case "NoOp":
    case "Configuration":
      return { ...machine, through: index }
    case "Command":
      return { ...machine, through: index, commands: [...machine.commands, textOf(payload)] }
    case "Session":
      return applySession({ ...machine, through: index }, entry)
  }
}

/** A command of a session is answered with its place among all commands: `Answered 2`. */
const applySession = (machine: Machine, { index, payload, time }: Entry): Machine => {
  const decoded = decodeSessionCommand(payload)
  if (decoded._tag !== "Ok") throw new Error(`entry ${index} holds no session command`)
  const { commands: state, sessions } = machine
  const entry = { index, time, command: decoded.value }
  const [after, outcome] = applySessionEntry({ state, sessions }, entry, (before, command) => [
    [...before, textOf(command)],
    `${before.length + 1}`
  ])
  const said = outcome._tag === "Answered" ? `Answered ${outcome.answer}` : outcome._tag
  return {
    ...machine,
    commands: after.state,
    sessions: after.sessions,
    outcomes: [...machine.outcomes, said]
  }
}

/** Of scenarios without sessions: their commands are all there is to save. */
export const machineBytes = ({ commands }: Machine): Uint8Array => bytesOf(commands.join(" "))

export const machineOf = (bytes: Uint8Array, through: number): Machine => {
  const text = textOf(bytes)
  return { ...emptyMachine, through, commands: text === "" ? [] : text.split(" ") }
}
