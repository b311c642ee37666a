/**
 * Log entries (§5.3): what is replicated.
 */
import type { LogIndex, Term } from "./ids.ts"

/**
 * What an entry is for. A `Command` reaches the state machine; a `Session` is
 * an encoded session command, whose own command reaches it once (§8); a `NoOp`
 * lets a new leader commit something of its own term (§8), and a
 * `Configuration` is in force from the moment a log holds it (§6).
 */
export type EntryKind = "NoOp" | "Command" | "Configuration" | "Session"

/** What is proposed for the state machine. */
export type CommandKind = Extract<EntryKind, "Command" | "Session">

/** One slot of the replicated log. Immutable: `(index, term)` identifies it for ever. */
export interface Entry {
  readonly index: LogIndex
  /** Term of the leader that created it. */
  readonly term: Term
  readonly kind: EntryKind
  /**
   * Log time in whole milliseconds: never falls along the log, the same on
   * every server, unrelated to any wall clock.
   */
  readonly time: number
  /** The command as the application encoded it, an encoded session command or configuration; empty for a `NoOp`. */
  readonly payload: Uint8Array
}

/** What an entry costs in memory and on the wire, apart from its payload (bytes, rounded up). */
export const entryOverheadBytes = 32

/** Size of an entry for batch and memory limits. */
export const entryBytes = (entry: Entry): number => commandBytes(entry.payload)

/** Size of the entry that would carry this command. */
export const commandBytes = (command: Uint8Array): number => entryOverheadBytes + command.length
