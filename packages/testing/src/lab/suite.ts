/**
 * The university's suite, in its order.
 */
import type { LabTest } from "./LabTest.ts"
import { basicAgreement, rpcBytes } from "./tests/basicAgreement.ts"
import { churn, unreliableChurn } from "./tests/churn.ts"
import { concurrentStarts } from "./tests/concurrentStarts.ts"
import { failAgree, failNoAgree } from "./tests/disconnectedFollowers.ts"
import { initialElection, multipleElections, reelection } from "./tests/elections.ts"
import { figure8, figure8Unreliable } from "./tests/figure8.ts"
import { backup, rejoin } from "./tests/partitionedLeaders.ts"
import { basicPersistence, morePersistence, partitionedLeaderCrash } from "./tests/persistence.ts"
import { rpcCounts } from "./tests/rpcCounts.ts"
import { unreliableAgreement } from "./tests/unreliableAgreement.ts"

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
