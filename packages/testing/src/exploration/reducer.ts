/**
 * The reducer that is explored, as a value: the library's own, or one with a bug planted.
 */
import * as Core from "@effect-raft/core"

export interface Reducer {
  readonly step: typeof Core.step
  readonly restart: typeof Core.restart
}

export const libraryReducer: Reducer = { step: Core.step, restart: Core.restart }
