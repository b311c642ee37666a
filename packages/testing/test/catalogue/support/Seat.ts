/**
 * One place on a stage: a server with its storage, its state machine and what it has ordered.
 */
import type {
  ApplyEntries,
  Entry,
  InstallSnapshot,
  Output,
  Server,
  ServerId,
  SnapshotMetadata,
  TakeSnapshot
} from "@effect-raft/core"
import { bytesOf, textOf } from "./notation.ts"
import type { StageDisk } from "./StageDisk.ts"

export interface Seat {
  readonly id: ServerId
  readonly disk: StageDisk
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

/** A state machine that remembers the commands it was given. A value. */
export interface Machine {
  readonly through: number
  readonly commands: ReadonlyArray<string>
}

export const emptyMachine: Machine = { through: 0, commands: [] }

export const apply = (machine: Machine, { index, kind, payload }: Entry): Machine => {
  if (index !== machine.through + 1) {
    throw new Error(`entry ${index} was applied after entry ${machine.through}`)
  }
  return {
    through: index,
    commands: kind === "Command" ? [...machine.commands, textOf(payload)] : machine.commands
  }
}

export const machineBytes = ({ commands }: Machine): Uint8Array => bytesOf(commands.join(" "))

export const machineOf = (bytes: Uint8Array, through: number): Machine => {
  const text = textOf(bytes)
  return { through, commands: text === "" ? [] : text.split(" ") }
}
