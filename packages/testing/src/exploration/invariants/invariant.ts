/**
 * What a checker of one property looks at, and how it answers.
 */
import type { Entry, Term } from "@effect-raft/core"
import { Log, logIndex } from "@effect-raft/core"
import type { Action } from "../action.ts"
import type { History } from "../history.ts"
import type { Host, Sent } from "../host.ts"

/** One action at one host. */
export interface Transition {
  readonly before: Host
  readonly action: Action
  readonly after: Host
  readonly sent: ReadonlyArray<Sent>
}

/** The cluster at one moment. */
export interface State {
  readonly hosts: ReadonlyArray<Host>
  readonly history: History
}

/** True while the property holds. A property of transitions is asked once for each different one. */
export interface Invariant {
  readonly name: string
  readonly holdsAcross?: (transition: Transition) => boolean
  readonly holdsIn?: (state: State) => boolean
}

/** The term of the entry at an index of the server's log; undefined past its end. */
export const termAt = ({ server }: Host, index: number): Term | undefined =>
  Log.termAt(server.log, logIndex(index))

/** The entry at an index of the log on disk. */
export const storedAt = ({ disk }: Pick<Host, "disk">, index: number): Entry | undefined =>
  disk.entries[index - 1]
