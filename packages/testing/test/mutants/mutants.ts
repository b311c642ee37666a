/**
 * All planted bugs, area by area.
 */
import { commitment } from "./commitment.ts"
import { configurations } from "./configurations.ts"
import { elections } from "./elections.ts"
import { forwarding } from "./forwarding.ts"
import type { Mutant } from "./mutant.ts"
import { reading } from "./reading.ts"
import { replication } from "./replication.ts"
import { snapshots } from "./snapshots.ts"
import { storage } from "./storage.ts"
import { transfers } from "./transfers.ts"

export const mutants: ReadonlyArray<Mutant> = [
  ...elections,
  ...replication,
  ...commitment,
  ...storage,
  ...reading,
  ...transfers,
  ...forwarding,
  ...snapshots,
  ...configurations
]
