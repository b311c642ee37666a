/**
 * What a `Session` entry of the log asks for (§8, thesis §6.3).
 */
import type { LogIndex } from "../ids.ts"

/**
 * Bounds of the session table. They decide whose session ends, so they are part
 * of what is replicated: each registration carries those of the server that was
 * asked for it, and all go by the last one in the log, whatever their options say.
 */
export interface SessionLimits {
  /** Sessions kept; beyond it the one that was silent longest ends. */
  readonly sessionsMax: number
  /** How far a client's sequence numbers may run ahead of its first unacknowledged one; no more answers are kept. */
  readonly answersMax: number
  /** How long a session may be silent, in milliseconds of log time. */
  readonly silenceMillisMax: number
}

export type SessionCommand =
  /** Opens a session. The index of the entry becomes its client id. */
  | { readonly _tag: "Register"; readonly limits: SessionLimits }
  | {
      readonly _tag: "Execute"
      readonly clientId: LogIndex
      /** Number of the command, counted by the client from 1; a retry repeats it. */
      readonly sequence: number
      /** All answers below this one have reached the client, which will ask for none of them again. */
      readonly firstUnacknowledged: number
      /** What the state machine is to apply, once. */
      readonly command: Uint8Array
    }
  /** Shows that a client without commands is still there. */
  | { readonly _tag: "KeepAlive"; readonly clientId: LogIndex; readonly firstUnacknowledged: number }
  | { readonly _tag: "Close"; readonly clientId: LogIndex }
