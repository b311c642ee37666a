/**
 * What can be found broken, by name, and how a check says so.
 */

/**
 * The first five are Figure 3's. The others are named after what must hold; an
 * `Invariant` is one of core's own that stopped a server.
 */
export type Property =
  | "ElectionSafety"
  | "LeaderAppendOnly"
  | "LogMatching"
  | "LeaderCompleteness"
  | "StateMachineSafety"
  | "TermNeverFalls"
  | "OneVotePerTerm"
  | "PersistBeforeReply"
  | "CommitNeverFalls"
  | "OwnTermCommit"
  | "ApplyOrder"
  | "CommittedNeverRewritten"
  | "LogShape"
  | "SnapshotSound"
  | "ConfigurationSafety"
  | "QuorumStoresCommitted"
  | "AcknowledgedIsCommitted"
  | "ExactlyOnce"
  | "CallsEnd"
  | "RealTimeOrder"
  | "ReadsSeeCommitted"
  | "ReadsWait"
  | "ReplicaEquality"
  | "Linearizability"
  | "LeaderInTime"
  | "CommitInTime"
  | "ReplicasConverge"
  | "LeaderStepsDown"
  | "LeaderStays"
  | "CatchesUp"
  | "Livelock"
  | "Invariant"

export class Violation extends Error {
  override readonly name = "Violation"
  readonly property: Property
  readonly detail: string

  constructor(property: Property, detail: string) {
    super(`${property}: ${detail}`)
    this.property = property
    this.detail = detail
  }
}

/** Ends the run unless `holds`. The detail is computed only then. */
export function check(holds: boolean, property: Property, detail: () => string): asserts holds {
  if (!holds) throw new Violation(property, detail())
}
