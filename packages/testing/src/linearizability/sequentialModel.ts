/**
 * What one server that does one thing at a time would answer: the yardstick of
 * linearizability.
 */
import type { HistoryOperation, Outcome } from "./history.ts"

/**
 * **Contract**: all members are pure, and states are never changed in place.
 *
 * **Example**: a counter that answers what it held.
 *
 * ```ts
 * const counter: SequentialModel<number, "increment", number> = {
 *   initial: 0,
 *   step: (count, _operation, outcome) =>
 *     outcome._tag === "Unknown" || outcome.result === count ? [count + 1] : [],
 *   key: (count) => count
 * }
 * ```
 */
export interface SequentialModel<State, Operation, Result> {
  /** The state before the first operation, of each partition. */
  readonly initial: State

  /**
   * The states in which `operation` may leave `state` with that outcome. None if
   * the result is not one that it can give there; several if it may choose. An
   * unknown outcome stands for every result.
   */
  step(state: State, operation: Operation, outcome: Outcome<Result>): ReadonlyArray<State>

  /** Equal for equal states, and for no others. */
  key(state: State): string | number

  /**
   * Splits the operations into parts that know nothing of each other, such as
   * the keys of a map: each is checked alone, which is very much faster.
   */
  partition?(operation: Operation): string

  /**
   * True only if the operation with this outcome leaves every state as it is.
   * The search then never tries two orders for it.
   */
  isReadOnly?(operation: Operation, outcome: Outcome<Result>): boolean

  /**
   * Given one partition's operations, says of those with an unknown outcome
   * which may be left out: those without which every legal order stays legal.
   * Each that stays in has to be considered until the history ends.
   */
  leavesNoTrace?(
    operations: ReadonlyArray<HistoryOperation<Operation, Result>>
  ): (operation: Operation) => boolean

  /**
   * The only state in which the operation can have that outcome; undefined if it
   * fits several. With `mayLeadTo`, the search sees early that an order never
   * comes to a state, or comes back to it, which an answer has to come from.
   */
  needs?(operation: Operation, outcome: Outcome<Result>): State | undefined

  /**
   * On every way from one state to another one there must be at least one
   * operation for which this is true. For operations that overwrite, `from` must
   * make no difference.
   */
  mayLeadTo?(operation: Operation, from: State, to: State): boolean

  /** True only if the operation, where its outcome is possible, leaves the same state behind whatever it found. */
  overwrites?(operation: Operation): boolean

  /**
   * The states in which the operation with this outcome is possible and in the
   * others not, or the reverse, or does something else than in the others. With
   * `needs`, `mayLeadTo` and `overwrites`, the search takes states for the same
   * that are overwritten before anything looks.
   */
  tellsApart?(operation: Operation, outcome: Outcome<Result>): ReadonlyArray<State>

  /** For reports. */
  describe?(operation: Operation, outcome: Outcome<Result>): string
  describeState?(state: State): string
}
