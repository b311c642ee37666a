/** What happened in simulated runs, to prove that they are not vacuous. */
export interface Counters {
  steps: number
  elections: number
  commits: number
  /** Conflicting entries removed; and such while another write was in flight. */
  truncations: number
  truncationsInFlight: number
  restarts: number
  /** Snapshots saved, and such of another server taken in. */
  snapshots: number
  installs: number
  /** Chunks sent, and such that were not the first. */
  chunks: number
  laterChunks: number
  /** Reads of the log answered from storage. */
  reads: number
  /** Messages delivered again. */
  repeats: number
  /** Appends that added nothing, and votes granted again, acknowledged while a write was in flight. */
  idleAcksInFlight: number
  repeatedVotesInFlight: number
}

export const noCounters = (): Counters => ({
  steps: 0,
  elections: 0,
  commits: 0,
  truncations: 0,
  truncationsInFlight: 0,
  restarts: 0,
  snapshots: 0,
  installs: 0,
  chunks: 0,
  laterChunks: 0,
  reads: 0,
  repeats: 0,
  idleAcksInFlight: 0,
  repeatedVotesInFlight: 0
})

export const addCounters = (total: Counters, more: Counters): void => {
  for (const name of Object.keys(total) as Array<keyof Counters>) total[name] += more[name]
}
