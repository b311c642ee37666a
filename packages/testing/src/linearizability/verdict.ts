/**
 * What the checker says of a history.
 */
import type { HistoryOperation } from "./history.ts"

export type Verdict<State, Operation, Result> =
  | Linearizable<Operation, Result>
  | Illegal<State, Operation, Result>
  | Undecided

/** There is an order that explains everything the clients saw. Here it is. */
export interface Linearizable<Operation, Result> {
  readonly _tag: "Linearizable"
  readonly partitions: ReadonlyArray<Linearization<Operation, Result>>
  /** How many states the search has been in, over all partitions. */
  readonly states: number
}

/** One partition's operations in an order that explains them; those that need not have happened are left out. */
export interface Linearization<Operation, Result> {
  readonly partition: string
  readonly order: ReadonlyArray<HistoryOperation<Operation, Result>>
}

/** No order explains what the clients saw. */
export interface Illegal<State, Operation, Result> {
  readonly _tag: "Illegal"
  /** The first partition that cannot be explained; the empty text if the model has no partitions. */
  readonly partition: string
  readonly operations: ReadonlyArray<HistoryOperation<Operation, Result>>
  /**
   * What cannot be placed: all that returned earlier can be explained, and with
   * these answers nothing can. It is one operation, the first answer that
   * contradicts those before it, unless a search for it ended at `statesMax`.
   */
  readonly offending: ReadonlyArray<HistoryOperation<Operation, Result>>
  /**
   * An order of all that returned before the offending ones. Operations that
   * were under way then are in it where they are needed, whatever they answered.
   */
  readonly prefix: ReadonlyArray<HistoryOperation<Operation, Result>>
  /** Where the prefix leads. */
  readonly state: State
  readonly states: number
}

/** No partition is known to be illegal, but in some the search ended at `statesMax`. */
export interface Undecided {
  readonly _tag: "Undecided"
  readonly partitions: ReadonlyArray<string>
  readonly statesMax: number
  readonly states: number
}

export interface CheckOptions {
  /** The search's limit for each partition, in states remembered (some hundred bytes each). */
  readonly statesMax?: number
}

export const statesMaxDefault = 1_000_000
