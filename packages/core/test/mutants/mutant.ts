/**
 * What a planted bug is.
 */
import type { Property } from "../properties/property.ts"

export interface Replacement {
  readonly file: string
  readonly text: string
  readonly by: string
}

export interface Mutant {
  readonly name: string
  /** The property that must notice, all by itself. */
  readonly breaks: Property
  readonly replacements: ReadonlyArray<Replacement>
  /** Played with PreVote, CheckQuorum, transfers and the no-op, instead of Figure 2 alone. */
  readonly isAllOn?: boolean
  /** Played with an adversary who asks followers, repeats old messages about that, and restarts servers. */
  readonly forwards?: boolean
  /** Played with everything on, in time that all servers share, with reads that rely on clocks. */
  readonly readsByClocks?: boolean
  /** Played with an adversary who changes the configuration, too, and with everything on. */
  readonly changesMembers?: boolean
}

/** A bug that is one text in place of another. */
export const mutant = (breaks: Property, name: string, file: string, text: string, by: string): Mutant => ({
  name,
  breaks,
  replacements: [{ file, text, by }]
})
