/**
 * A test of the suite: an effect over a laboratory, written against `Clock`.
 */
import type { Effect } from "effect"
import type { LabCluster } from "./LabCluster.ts"
import type { LabFailure } from "./LabFailure.ts"
import type { MakeLabServer } from "./LabServer.ts"
import type { LabProfile } from "./profile.ts"

export type LabPart = "4A" | "4B" | "2D" | "kv"

export interface LabTest {
  readonly part: LabPart
  /** As the laboratory prints it. */
  readonly name: string
  readonly servers: number
  /** Whether the network starts without losses and delays. */
  readonly isReliable: boolean
  readonly run: (lab: LabCluster) => Effect.Effect<void, LabFailure>
  /** Puts what the test needs around the servers that are under test. */
  readonly prepare?: (makeServer: MakeLabServer) => MakeLabServer
  /** Where the test has rules of its own, whatever the profile says. */
  readonly rules?: Partial<LabProfile>
}
