/**
 * Every property that is checked over one state and between two consecutive ones, by its name.
 */
import type { Observer } from "../support/Cluster.ts"
import { afterNamesTheWrite } from "./afterNamesTheWrite.ts"
import { configurationSafety } from "./configurationSafety.ts"
import { deadlineNeverLies } from "./deadlineNeverLies.ts"
import { electionSafety } from "./electionSafety.ts"
import { leaderAppendOnly } from "./leaderAppendOnly.ts"
import { leaderCompleteness } from "./leaderCompleteness.ts"
import { logMatching } from "./logMatching.ts"
import { noPromiseBeforeItsWrite } from "./noPromiseBeforeItsWrite.ts"
import { noVoteAgainstFollowedLeader } from "./noVoteAgainstFollowedLeader.ts"
import { oneResponsePerRequest } from "./oneResponsePerRequest.ts"
import { oneVotePerTerm } from "./oneVotePerTerm.ts"
import { preVoteChangesNothing } from "./preVoteChangesNothing.ts"
import { progressIsSound } from "./progressIsSound.ts"
import { promisesSurviveCrashes } from "./promisesSurviveCrashes.ts"
import type { Property } from "./property.ts"
import { proposalsAreAnsweredTruly } from "./proposalsAreAnsweredTruly.ts"
import { purity } from "./purity.ts"
import { quorumStoresWhatIsCommitted } from "./quorumStoresWhatIsCommitted.ts"
import { snapshotIsSound } from "./snapshotIsSound.ts"
import { readsSeeTheCommitted } from "./readsSeeTheCommitted.ts"
import { stateMachineSafety } from "./stateMachineSafety.ts"
import { termAndCommitNeverFall } from "./termAndCommitNeverFall.ts"

/** All but `Liveness`, which is about where a run leads. */
export const checkers: Readonly<Record<Exclude<Property, "Liveness">, () => Observer>> = {
  ElectionSafety: electionSafety,
  LeaderAppendOnly: leaderAppendOnly,
  LogMatching: logMatching,
  LeaderCompleteness: leaderCompleteness,
  StateMachineSafety: stateMachineSafety,
  ConfigurationSafety: configurationSafety,
  OneVotePerTerm: oneVotePerTerm,
  TermAndCommitNeverFall: termAndCommitNeverFall,
  NoPromiseBeforeItsWrite: noPromiseBeforeItsWrite,
  AfterNamesTheWrite: afterNamesTheWrite,
  PromisesSurviveCrashes: promisesSurviveCrashes,
  QuorumStoresWhatIsCommitted: quorumStoresWhatIsCommitted,
  OneResponsePerRequest: oneResponsePerRequest,
  ProgressIsSound: progressIsSound,
  SnapshotIsSound: snapshotIsSound,
  DeadlineNeverLies: deadlineNeverLies,
  ReadsSeeTheCommitted: readsSeeTheCommitted,
  PreVoteChangesNothing: preVoteChangesNothing,
  NoVoteAgainstFollowedLeader: noVoteAgainstFollowedLeader,
  ProposalsAreAnsweredTruly: proposalsAreAnsweredTruly,
  Purity: purity
}
