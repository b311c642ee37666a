/**
 * What makes the model finite: how many servers, terms and entries there are. Everything else
 * (messages, losses, repetitions, crashes) has no limit.
 */

export interface Bounds {
  /** Servers of the cluster, 1 to 5. */
  readonly servers: number
  /** No server campaigns in a term above this one. */
  readonly termsMax: number
  /** No leader takes a command when its log holds this many. */
  readonly entriesMax: number
}

export const defaultBounds: Bounds = { servers: 3, termsMax: 2, entriesMax: 1 }

/** One more server means as many times more permutations to try for every state. */
export const serversMax = 5
