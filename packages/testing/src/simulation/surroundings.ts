/**
 * What the driver finds around it: the parts of a run, and the future.
 */
import type { SeededRandom } from "../SeededRandom.ts"
import type { Network } from "./Network.ts"
import type { Audience } from "./observer.ts"
import type { Plan } from "./plan.ts"
import type { Probes } from "./Probes.ts"
import type { Seat, Undated } from "./Seat.ts"
import type { Workload } from "./Workload.ts"

export interface Surroundings {
  readonly plan: Plan
  readonly network: Network
  readonly workload: Workload
  readonly probes: Probes
  readonly audience: Audience
  readonly random: SeededRandom
  /** Something for this life of a seat, at a later millisecond. */
  readonly later: (at: number, what: "Wake" | "Sync" | "Apply", seat: Seat) => void
  readonly after: (millis: number, action: () => void) => void
  readonly post: (seat: Seat, event: Undated) => void
  readonly crash: (seat: Seat) => void
  readonly rescan: () => void
}
