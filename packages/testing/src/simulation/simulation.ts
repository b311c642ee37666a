/**
 * Simulation of whole clusters: from a seed to a verdict, thousands of virtual
 * seconds a second.
 */
export { type Checked, checkedProperties } from "./checkers/checkers.ts"
export { type ActionName, actionNames } from "./actionNames.ts"
export type { Action, ActionState } from "./actions.ts"
export { drawPlan, type DrawOptions } from "./drawPlan.ts"
export type { Step } from "./Driver.ts"
export { faultNames } from "./faults/faults.ts"
export { historyOf, type HistoryVerdict } from "./history.ts"
export type { Answer, Command } from "./KvMachine.ts"
export type { Change, Loss, Observer, View } from "./observer.ts"
export type { Healing, Occurrence, Plan, Span } from "./plan.ts"
export { formatPlan, parsePlan } from "./planJson.ts"
export { type Cost, failureLines, resultJson, resultLine, vacuity } from "./report.ts"
export type { Seat } from "./Seat.ts"
export { type Finding, type Result, simulate, type SimulateOptions } from "./simulate.ts"
export { shrink, type Shrunk } from "./shrink.ts"
export { missing, noTally, tallied, type Tally, tallyRunsMin } from "./tally.ts"
export { planLine, tracer } from "./trace.ts"
export { check, type Property, Violation } from "./violation.ts"
export type { Operation, OperationObserver, Status, WorkloadPlan } from "./Workload.ts"
