/**
 * A test of the suite: an effect over a laboratory, written against `Clock`.
 */
import type { Effect } from "effect"
import type { LabCluster } from "./LabCluster.ts"
import type { LabFailure } from "./LabFailure.ts"

export type LabPart = "4A" | "4B"

export interface LabTest {
  readonly part: LabPart
  /** As the laboratory prints it. */
  readonly name: string
  readonly servers: number
  /** Whether the network starts without losses and delays. */
  readonly isReliable: boolean
  readonly run: (lab: LabCluster) => Effect.Effect<void, LabFailure>
}
