/**
 * Every property that holds of any run: the ledger, then one checker each.
 *
 * A new property is a file beside this one and a line below.
 */
import type { Ledger } from "../Ledger.ts"
import type { Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import type { Property } from "../violation.ts"
import type { Operation, OperationObserver } from "../Workload.ts"
import { acknowledgedIsCommitted } from "./acknowledgedIsCommitted.ts"
import { applyOrder } from "./applyOrder.ts"
import { callsEnd } from "./callsEnd.ts"
import { commitNeverFalls } from "./commitNeverFalls.ts"
import { committedNeverRewritten } from "./committedNeverRewritten.ts"
import { configurationSafety } from "./configurationSafety.ts"
import { electionSafety } from "./electionSafety.ts"
import { exactlyOnce } from "./exactlyOnce.ts"
import { leaderAppendOnly } from "./leaderAppendOnly.ts"
import { leaderCompleteness } from "./leaderCompleteness.ts"
import { linearizability } from "./linearizability.ts"
import { logMatching } from "./logMatching.ts"
import { logShape } from "./logShape.ts"
import { oneVotePerTerm } from "./oneVotePerTerm.ts"
import { ownTermCommit } from "./ownTermCommit.ts"
import { persistBeforeReply } from "./persistBeforeReply.ts"
import { quorumStoresCommitted } from "./quorumStoresCommitted.ts"
import { readsSeeCommitted, type Times } from "./readsSeeCommitted.ts"
import { realTimeOrder } from "./realTimeOrder.ts"
import { replicaEquality } from "./replicaEquality.ts"
import { snapshotSound } from "./snapshotSound.ts"
import { stateMachineSafety } from "./stateMachineSafety.ts"
import { termNeverFalls } from "./termNeverFalls.ts"

/** What checkers may ask for beside what they are told. */
export interface Evidence {
  readonly ledger: Ledger
  readonly seats: () => ReadonlyArray<Seat>
  readonly operations: () => ReadonlyArray<Operation>
  readonly times: Times
}

type Checker = Observer & OperationObserver

/** By the property that each is about. */
const checkers = {
  ElectionSafety: ({ ledger }) => electionSafety(ledger),
  LeaderAppendOnly: leaderAppendOnly,
  LogMatching: logMatching,
  LeaderCompleteness: ({ ledger }) => leaderCompleteness(ledger),
  CommitNeverFalls: commitNeverFalls,
  OwnTermCommit: ownTermCommit,
  QuorumStoresCommitted: ({ ledger, seats }) => quorumStoresCommitted(ledger, seats),
  StateMachineSafety: ({ ledger }) => stateMachineSafety(ledger),
  TermNeverFalls: termNeverFalls,
  OneVotePerTerm: oneVotePerTerm,
  PersistBeforeReply: ({ ledger }) => persistBeforeReply(ledger),
  ApplyOrder: applyOrder,
  CommittedNeverRewritten: ({ ledger }) => committedNeverRewritten(ledger),
  LogShape: logShape,
  ConfigurationSafety: configurationSafety,
  SnapshotSound: ({ ledger, operations }) => snapshotSound(ledger, operations),
  ExactlyOnce: ({ ledger }) => exactlyOnce(ledger),
  AcknowledgedIsCommitted: ({ ledger }) => acknowledgedIsCommitted(ledger),
  ReadsSeeCommitted: ({ ledger, times }) => readsSeeCommitted(ledger, times),
  ReplicaEquality: replicaEquality,
  CallsEnd: ({ operations }) => callsEnd(operations),
  RealTimeOrder: ({ ledger, operations }) => realTimeOrder(ledger, operations),
  Linearizability: ({ operations }) => linearizability(operations)
} satisfies { readonly [P in Property]?: (evidence: Evidence) => Checker }

export type Checked = keyof typeof checkers

export const checkedProperties = Object.keys(checkers) as ReadonlyArray<Checked>

/** The ledger, and the checkers of these properties. */
export const makeCheckers = (
  evidence: Evidence,
  properties: ReadonlyArray<Checked>
): ReadonlyArray<Checker> => [evidence.ledger, ...properties.map((property) => checkers[property](evidence))]
