/**
 * The reducer under test, as a value: the same checks run on the sources and on mutated copies of them.
 */
import type * as Source from "../../src/index.ts"

export type Core = typeof Source
