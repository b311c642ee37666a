/**
 * Assertions that stay on in production.
 */

/**
 * A rule of the protocol was found broken: a bug here, in the storage or in the
 * network below their contracts. The server that sees it must stop; its data
 * stays as it is.
 */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation"
  /** Name of the broken rule, after Figure 3 where the paper names it. */
  readonly invariant: string

  constructor(invariant: string) {
    super(`invariant broken: ${invariant}`)
    this.invariant = invariant
  }
}

/** Stops the step unless `condition` holds. `name` must be a constant, so that a passing check costs nothing. */
export function invariant(condition: boolean, name: string): asserts condition {
  if (!condition) throw new InvariantViolation(name)
}
