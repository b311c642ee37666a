/**
 * What the fibers of one server share.
 */
import type { Entry, LogIndex } from "@effect-raft/core"
import type { Clock, Deferred, Duration, Effect, Scope } from "effect"
import type { StorageFailed } from "../errors.ts"
import type { Persister } from "../Persister.ts"
import type { SnapshotSupport } from "../StateMachine.ts"
import type { Transport } from "../Transport.ts"
import type { Driver } from "./Driver.ts"
import type { PendingProposals } from "./PendingProposals.ts"
import type { Signal } from "./Signal.ts"
import type { Telemetry } from "./telemetry.ts"
import type { Wake } from "./Wake.ts"

export interface Workplace {
  readonly server: string
  readonly driver: Driver
  readonly clock: Clock.Clock
  readonly persister: Persister["Service"]
  readonly transport: Transport["Service"]
  /** Gives committed entries to the state machine and to whoever waits for them. */
  readonly apply: (entries: ReadonlyArray<Entry>) => Effect.Effect<LogIndex>
  /** The state machine's own, if it has any. */
  readonly snapshots: SnapshotSupport | undefined
  readonly pending: PendingProposals
  /** Pause after a failed read. */
  readonly retryAfter: Duration.Duration
  /** Turn soon. */
  readonly wake: Wake
  /** Something that readers follow changed. */
  readonly changed: Signal
  readonly telemetry: Telemetry
  /** What breaks outside the loops is told here, and stops the server like a loop that fails. */
  readonly broken: Deferred.Deferred<never, StorageFailed>
  /** The fibers' own; `life.ts` closes it. */
  readonly scope: Scope.Closeable
}
