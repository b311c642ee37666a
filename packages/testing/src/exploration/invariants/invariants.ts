/**
 * Every property that the exploration checks: one more is one more file, and one more name here.
 */
import { committedIsStored } from "./committedIsStored.ts"
import { electionSafety } from "./electionSafety.ts"
import type { Invariant } from "./invariant.ts"
import { leaderAppendOnly } from "./leaderAppendOnly.ts"
import { leaderCompleteness } from "./leaderCompleteness.ts"
import { logMatching } from "./logMatching.ts"
import { logShape } from "./logShape.ts"
import { neverFalls } from "./neverFalls.ts"
import { noPromiseBeforeItsWrite } from "./noPromiseBeforeItsWrite.ts"
import { oldAnswersAreNothing } from "./oldAnswersAreNothing.ts"
import { oneVotePerTerm } from "./oneVotePerTerm.ts"
import { ownTermCommit } from "./ownTermCommit.ts"
import { stateMachineSafety } from "./stateMachineSafety.ts"

export const invariants: ReadonlyArray<Invariant> = [
  electionSafety,
  leaderAppendOnly,
  logMatching,
  leaderCompleteness,
  stateMachineSafety,
  committedIsStored,
  oneVotePerTerm,
  neverFalls,
  ownTermCommit,
  noPromiseBeforeItsWrite,
  logShape,
  oldAnswersAreNothing
]
