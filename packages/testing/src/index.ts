/**
 * `@effect-raft/testing`: virtual time, a simulated network, and the
 * university's suite, for this library's servers or one's own parts of them.
 */
export { SeededRandom } from "./SeededRandom.ts"

export { Deadlock, Livelock, tasksPerInstantMax } from "./time/errors.ts"
export { failOnLivelock } from "./time/livelock.ts"
export * as TestTime from "./time/testTime.ts"
export { VirtualClock } from "./time/VirtualClock.ts"
export { VirtualScheduler } from "./time/VirtualScheduler.ts"
export * as VirtualTime from "./time/virtualTime.ts"

export { LabNetwork, make as makeLabNetwork, type NetworkServer } from "./lab/LabNetwork.ts"
export type { LinkEnd, Parcel } from "./lab/parcel.ts"
export * as LabRpc from "./lab/rpc.ts"

export {
  checkNoLeader,
  checkOneLeader,
  checkTerms,
  committedAt,
  E,
  one,
  type OneOptions,
  wait,
  type Waited
} from "./lab/agreement.ts"
export {
  type AppliedSnapshot,
  ApplyHistory,
  type Committed,
  noCommand,
  type Slot
} from "./lab/ApplyHistory.ts"
export {
  LabCluster,
  type LabClusterOptions,
  make as makeLabCluster,
  type MakeCarrier
} from "./lab/LabCluster.ts"
export { type LabCommand, LabCommandSchema, labStateMachine } from "./lab/labCommand.ts"
export { LabFailure, labFailure } from "./lab/LabFailure.ts"
export type { KvOperation, KvService } from "./lab/kv/KvService.ts"
export { kvTests } from "./lab/kv/kvSuite.ts"
export {
  type LabApplied,
  type LabServer,
  type LabServerOptions,
  type LabService,
  type MakeLabServer,
  raftServer
} from "./lab/LabServer.ts"
export { type LabDisk, type LabStorage, memoryStorage } from "./lab/LabStorage.ts"
export type { LabPart, LabTest } from "./lab/LabTest.ts"
export { bu, type LabProfile, mit, profiles } from "./lab/profile.ts"
export {
  failureLines,
  passedLine,
  replayCommand,
  resultJson,
  titleLine,
  traceLine,
  warningLines
} from "./lab/report.ts"
export { type LabClock, type LabOptions, type LabResult, runLabTest } from "./lab/runLabTest.ts"
export { labTests, snapshotTests } from "./lab/suite.ts"
export { type ClusterEvent, type NetworkEvent, Trace, type TraceEvent } from "./lab/Trace.ts"

export { checkLinearizability } from "./linearizability/checkLinearizability.ts"
export {
  type Client,
  type CompletedOperation,
  type FailedOperation,
  type History,
  type HistoryOperation,
  InvalidHistory,
  type Outcome,
  type UnknownOperation,
  validateHistory
} from "./linearizability/history.ts"
export { historyHtml, type HistoryHtmlOptions } from "./linearizability/historyHtml.ts"
export { HistoryLineError, readHistory, writeHistory } from "./linearizability/historyLines.ts"
export {
  keyValueModel,
  type KeyValueModelOptions,
  type KeyValueOperation,
  type KeyValueResult,
  type KeyValueState
} from "./linearizability/keyValueModel.ts"
export type { SequentialModel } from "./linearizability/sequentialModel.ts"
export type {
  CheckOptions,
  Illegal,
  Linearizable,
  Linearization,
  Undecided,
  Verdict
} from "./linearizability/verdict.ts"

export type { Action as ExploredAction, Wait as ExploredWait } from "./exploration/action.ts"
export { type Bounds, defaultBounds } from "./exploration/bounds.ts"
export { type Counterexample, counterexampleJson, counterexampleText } from "./exploration/counterexample.ts"
export { explore } from "./exploration/explore.ts"
export {
  type Ending,
  type Exploration,
  Explorer,
  type ExploreOptions,
  type Occurrences
} from "./exploration/Explorer.ts"
export type { Disk as ExploredDisk, DiskPace } from "./exploration/host.ts"
export { libraryReducer, type Reducer } from "./exploration/reducer.ts"
export type { ReplayedStep } from "./exploration/replay.ts"

export { type Accepted, checkTrace, type Rejected, type TraceVerdict } from "./specification/checkTrace.ts"

export * as Simulation from "./simulation/simulation.ts"
