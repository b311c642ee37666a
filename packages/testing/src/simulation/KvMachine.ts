/**
 * The state machine that every simulated server runs: a key/value map, with a
 * digest of everything it was ever told and answered.
 *
 * A command in the log is only the number of an operation; the operations of a
 * run lie in one table, so that simulation does not pay for a codec.
 */
import type { Entry } from "@effect-raft/core"
import { Violation } from "./violation.ts"

/** What a client asks. */
export type Command =
  | { readonly op: "get" | "delete"; readonly key: string }
  | { readonly op: "put" | "append"; readonly key: string; readonly value: string }
  /** Stores `value` if the key holds `expected`; `null` stands for an absent key. */
  | { readonly op: "cas"; readonly key: string; readonly expected: string | null; readonly value: string }

/** `get`: the value, `null` if absent. `delete`, `cas`: whether it did something. `put`, `append`: `null`. */
export type Answer = string | boolean | null

/** A machine as a value: what a snapshot holds. */
export interface MachineState {
  readonly map: ReadonlyMap<string, string>
  readonly lastApplied: number
  readonly digest: number
}

export const emptyMachine: MachineState = { map: new Map(), lastApplied: 0, digest: 0 }

export class KvMachine {
  map: Map<string, string>
  lastApplied: number
  /** Equal for machines that applied equal entries and gave equal answers. */
  digest: number

  constructor(state: MachineState) {
    this.map = new Map(state.map)
    this.lastApplied = state.lastApplied
    this.digest = state.digest
  }

  capture(): MachineState {
    return { map: new Map(this.map), lastApplied: this.lastApplied, digest: this.digest }
  }

  /** The next entry; `command` is what its payload names, if it has one. */
  apply(entry: Entry, command: Command | undefined): Answer {
    const answer = command === undefined ? null : perform(this.map, command)
    this.lastApplied = entry.index
    this.digest = mix(mix(mix(this.digest, entry.term), payloadNumber(entry.payload)), digestOf(answer))
    return answer
  }
}

/** A machine as a snapshot holds it. */
export const encodeMachine = ({ digest, lastApplied, map }: MachineState): Uint8Array =>
  new TextEncoder().encode(JSON.stringify([lastApplied, digest >>> 0, ...map]))

/** What `encodeMachine` wrote; bootstrap's snapshot has no bytes and stands for the empty machine. */
export const decodeMachine = (bytes: Uint8Array): MachineState => {
  if (bytes.length === 0) return emptyMachine
  try {
    const [lastApplied, digest, ...pairs] = JSON.parse(new TextDecoder().decode(bytes)) as EncodedMachine
    return { lastApplied, digest: digest | 0, map: new Map(pairs) }
  } catch (error) {
    throw new Violation("SnapshotSound", `the bytes of a snapshot are none: ${String(error)}`)
  }
}

type EncodedMachine = readonly [
  lastApplied: number,
  digest: number,
  ...pairs: ReadonlyArray<[string, string]>
]

/** Carries out a command on a map and answers it. */
export const perform = (map: Map<string, string>, command: Command): Answer => {
  const { key } = command
  switch (command.op) {
    case "get":
      return map.get(key) ?? null
    case "put":
      map.set(key, command.value)
      return null
    case "append":
      map.set(key, (map.get(key) ?? "") + command.value)
      return null
    case "delete":
      return map.delete(key)
    case "cas": {
      if ((map.get(key) ?? null) !== command.expected) return false
      map.set(key, command.value)
      return true
    }
  }
}

/** The payload that stands for an operation: its number, at least 1. */
export const payloadOf = (number: number): Uint8Array => writePayload(new Uint8Array(4), number)

/** Four bytes, the lowest first. */
export const writePayload = (payload: Uint8Array, number: number): Uint8Array => {
  payload[0] = number
  payload[1] = number >>> 8
  payload[2] = number >>> 16
  payload[3] = number >>> 24
  return payload
}

/** The number of a payload; 0 for one that names no operation. */
export const payloadNumber = (payload: Uint8Array): number =>
  payload.length === 4
    ? (payload[0]! | (payload[1]! << 8) | (payload[2]! << 16) | (payload[3]! << 24)) >>> 0
    : 0

/** Moves a digest on by one number. It is a signed integer of 32 bits, which needs no memory of its own. */
export const mix = (digest: number, value: number): number => {
  const bits = Math.imul(digest ^ value, 0x9e3779b1)
  return bits ^ (bits >>> 15)
}

const digestOf = (answer: Answer): number => {
  if (typeof answer !== "string") return answer === null ? 1 : answer ? 3 : 2
  let digest = answer.length
  // The end is what an append changes; a whole value of thousands of characters would cost too much each time.
  for (let position = Math.max(0, answer.length - 16); position < answer.length; position++) {
    digest = mix(digest, answer.charCodeAt(position))
  }
  return digest
}
