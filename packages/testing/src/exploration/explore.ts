/**
 * Exhaustive exploration as one call.
 */
import { Explorer, type ExploreOptions, type Exploration } from "./Explorer.ts"

/** How many states are expanded between two looks at whether something ended the search. */
const slice = 1_000

/**
 * Visits every state that a small cluster can come to, breadth first, and checks every property in each.
 *
 * The cluster runs the real reducer, in all interleavings of elections, commands, messages that are lost,
 * repeated, reordered and arbitrarily late, writes that complete in any number, and crashes that lose what
 * was not durable. If a property breaks, the counterexample is a shortest one.
 *
 * **Details**: what is a state and what is abstracted stands in `docs/exploration.md`. This call returns
 * only when the search ends; an `Explorer` searches in slices.
 *
 * **Example**
 *
 * ```ts
 * const { ending, states } = explore({ bounds: { servers: 2, termsMax: 1, entriesMax: 1 } })
 * // "Complete", 235
 * ```
 */
export const explore = (options: ExploreOptions = {}): Exploration => {
  const explorer = new Explorer(options)
  while (explorer.ending === undefined) explorer.expand(slice)
  return explorer.exploration
}
