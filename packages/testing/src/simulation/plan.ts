/**
 * A run as data. A plan and a reducer decide everything that happens: the same
 * plan gives the same run, to the last event.
 *
 * A plan is drawn from a seed (`drawPlan.ts`), made smaller when it fails
 * (`shrink.ts`), and travels as JSON.
 */
import { Configuration, type ServerId, serverId, type ServerOptions } from "@effect-raft/core"
import type { Checked } from "./checkers/checkers.ts"
import type { NetworkOptions } from "./Network.ts"
import type { WorkloadPlan } from "./Workload.ts"

/** One occurrence of a fault. What servers and amount mean is the fault's own. */
export interface Occurrence {
  /** When it begins (virtual ms), and how long it lasts. */
  readonly at: number
  readonly lasts: number
  /** The name of the fault. */
  readonly fault: string
  /** Positions of servers; -1 stands for whoever leads then. */
  readonly servers: ReadonlyArray<number>
  readonly amount: number
}

/** From `min` to `max`, in milliseconds. */
export interface Span {
  readonly min: number
  readonly max: number
}

/** What the second half of a liveness run is about. */
export interface Healing {
  /** Faults end for the core then (virtual ms). */
  readonly at: number
  /** Positions of a majority. The others stay broken for ever. */
  readonly core: ReadonlyArray<number>
}

export interface Plan {
  readonly seed: number
  readonly mode: "safety" | "liveness"
  /** The voters of the first configuration. */
  readonly servers: number
  /** Servers beside them, with empty storage, that may be added. */
  readonly spares: number
  /** Whether configurations name the storage that each server must return with. */
  readonly pinsStorage: boolean
  /** How long clients and faults are at work (virtual ms). Settling comes after it. */
  readonly millis: number
  readonly options: ServerOptions
  readonly network: NetworkOptions
  readonly sync: Span
  readonly apply: Span
  readonly read: Span
  /** How long it takes to save a snapshot, or to forget what one covers. */
  readonly save: Span
  /** A durable machine keeps what it applied over a crash. */
  readonly machine: "volatile" | "durable"
  /** Entries that storage gives back at a restart; older ones are read when needed. */
  readonly tailEntriesMax: number
  readonly workload: WorkloadPlan
  readonly schedule: ReadonlyArray<Occurrence>
  /** In liveness runs only. */
  readonly healing: Healing | null
  /** Properties to check, beside core's own invariants and those of the run's end. */
  readonly checkers: "all" | "none" | ReadonlyArray<Checked>
}

/** The name of the server at a position. */
export const idAt = (position: number): ServerId => serverId(`s${position + 1}`)

/** The name of the disk that belongs to the server at a position. */
export const storageIdAt = (position: number): string => `disk${position + 1}`

/** The first configuration: every server but the spare ones votes. */
export const bootstrapOf = ({
  pinsStorage,
  servers
}: Pick<Plan, "servers" | "pinsStorage">): Configuration.Configuration => ({
  members: Array.from({ length: servers }, (_, position) =>
    Configuration.voter(idAt(position), { storageId: pinsStorage ? storageIdAt(position) : "" })
  )
})
