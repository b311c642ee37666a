/**
 * What checkers, traces and counters may see of a run: every transition, every
 * message that leaves or arrives, every write that becomes durable.
 */
import type { Entry, Event, Message, Output, Server } from "@effect-raft/core"
import type { Seat } from "./Seat.ts"
import type { StoredSnapshot } from "./VirtualDisk.ts"

/** One step of one server. The object is used again for the next: nobody keeps it. */
export interface Change {
  readonly seat: Seat
  readonly before: Server
  readonly after: Server
  readonly event: Event
  readonly outputs: ReadonlyArray<Output>
}

/** The whole run at one moment. */
export interface View {
  readonly now: number
  readonly seats: ReadonlyArray<Seat>
}

/** Why a message did not arrive. */
export type Loss = "lost" | "cut" | "down" | "overflow"

/** Each hook is called when its thing happens; a hook that is left out costs nothing. */
export interface Observer {
  /** Every step. */
  readonly stepped?: (change: Change) => void
  /** Only steps that changed the log. */
  readonly logChanged?: (change: Change) => void
  /** Only steps that changed the commit index. */
  readonly commitChanged?: (change: Change) => void
  /** Only steps that changed the kind of role or the term. */
  readonly roleChanged?: (change: Change) => void
  /** A message leaves: everything it waits for is durable. */
  readonly sent?: (seat: Seat, message: Message) => void
  readonly delivered?: (seat: Seat, message: Message) => void
  readonly lost?: (message: Message, why: Loss) => void
  /** The state machine gets these entries. */
  readonly applying?: (seat: Seat, entries: ReadonlyArray<Entry>) => void
  /** More has become durable. */
  readonly persisted?: (seat: Seat) => void
  /** A snapshot became durable: the own state machine's, or another server's in place of the whole log. */
  readonly snapshotStored?: (seat: Seat, snapshot: StoredSnapshot) => void
  /** The state machine has given way to the stored snapshot. */
  readonly snapshotRestored?: (seat: Seat) => void
  readonly crashed?: (seat: Seat) => void
  /** A life begins. */
  readonly restarted?: (seat: Seat) => void
  /** From time to time and at the end: everything that a step-by-step check takes for granted. */
  readonly rescan?: (view: View) => void
  /** The run is over: faults have ended, and everything has settled. */
  readonly ended?: (view: View) => void
}

type Hook = keyof Observer

const hooks: ReadonlyArray<Hook> = [
  "stepped",
  "logChanged",
  "commitChanged",
  "roleChanged",
  "sent",
  "delivered",
  "lost",
  "applying",
  "persisted",
  "snapshotStored",
  "snapshotRestored",
  "crashed",
  "restarted",
  "rescan",
  "ended"
]

/** The observers of each hook, so that a hook asks nobody who does not listen. */
export type Audience = { readonly [H in Hook]: ReadonlyArray<NonNullable<Observer[H]>> }

export const audienceOf = (observers: ReadonlyArray<Observer>): Audience =>
  Object.fromEntries(
    hooks.map((hook) => [hook, observers.flatMap((observer) => observer[hook] ?? [])])
  ) as unknown as Audience
