/**
 * The names of what is checked, and how a check fails.
 */

/** The first five are Figure 3's. */
export type Property =
  | "ElectionSafety"
  | "LeaderAppendOnly"
  | "LogMatching"
  | "LeaderCompleteness"
  | "StateMachineSafety"
  | "ConfigurationSafety"
  | "OneVotePerTerm"
  | "TermAndCommitNeverFall"
  | "NoPromiseBeforeItsWrite"
  | "AfterNamesTheWrite"
  | "PromisesSurviveCrashes"
  | "QuorumStoresWhatIsCommitted"
  | "OneResponsePerRequest"
  | "ProgressIsSound"
  | "SnapshotIsSound"
  | "DeadlineNeverLies"
  | "ReadsSeeTheCommitted"
  | "PreVoteChangesNothing"
  | "NoVoteAgainstFollowedLeader"
  | "ProposalsAreAnsweredTruly"
  | "Purity"
  | "Liveness"

export class PropertyViolation extends Error {
  override readonly name = "PropertyViolation"
  readonly property: Property

  constructor(property: Property, detail: string) {
    super(`${property}: ${detail}`)
    this.property = property
  }
}

/** Fails unless `holds`. The detail is computed only then. */
export function check(holds: boolean, property: Property, detail: () => string): asserts holds {
  if (!holds) throw new PropertyViolation(property, detail())
}
