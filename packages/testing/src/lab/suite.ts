/**
 * The university's suites, in their order.
 */
import type { LabTest } from "./LabTest.ts"
import { basicAgreement, rpcBytes } from "./tests/basicAgreement.ts"
import { churn, unreliableChurn } from "./tests/churn.ts"
import { concurrentStarts } from "./tests/concurrentStarts.ts"
import { failAgree, failNoAgree } from "./tests/disconnectedFollowers.ts"
import { initialElection, multipleElections, reelection } from "./tests/elections.ts"
import { figure8, figure8Unreliable } from "./tests/figure8.ts"
import { backup, rejoin } from "./tests/partitionedLeaders.ts"
import { followersFail, leadersFail } from "./tests/lostMajorities.ts"
import { basicPersistence, morePersistence, partitionedLeaderCrash } from "./tests/persistence.ts"
import { rpcCounts } from "./tests/rpcCounts.ts"
import { snapshots2021, snapshots2022, snapshots2023 } from "./tests/snapshots.ts"
import { unreliableAgreement } from "./tests/unreliableAgreement.ts"

/** Parts 4A and 4B. */
export const labTests: ReadonlyArray<LabTest> = [
  initialElection,
  reelection,
  multipleElections,
  basicAgreement,
  rpcBytes,
  failAgree,
  failNoAgree,
  concurrentStarts,
  rejoin,
  backup,
  rpcCounts,
  basicPersistence,
  morePersistence,
  partitionedLeaderCrash,
  figure8,
  unreliableAgreement,
  figure8Unreliable,
  churn,
  unreliableChurn
]

/** Part 2D: the editions of 2021 and 2022, and what 2023 added. */
export const snapshotTests: ReadonlyArray<LabTest> = [
  ...snapshots2021,
  ...snapshots2022,
  ...snapshots2023,
  followersFail,
  leadersFail
]
