/**
 * What a planted bug is: short texts of core's sources, each with another in its place, and the property of
 * the simulator that must notice.
 */
import type { Plan, Property } from "../../src/simulation/simulation.ts"

export const areas = [
  "election",
  "append",
  "commit",
  "storage",
  "read",
  "transfer",
  "forward",
  "snapshot",
  "configuration"
] as const

export type Area = (typeof areas)[number]

export interface Replacement {
  /** A file of core's sources. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly text: string
  readonly by: string
}

export interface Mutant {
  readonly area: Area
  /** What the bug is, as a sentence would say it. */
  readonly name: string
  /** What must be found broken; the first is what the bug is about, the others what it may break before that. */
  readonly breaks: readonly [Property, ...Array<Property>]
  readonly mode: Plan["mode"]
  /** Faults that happen in every run; left out, another subset of all of them for each seed. */
  readonly faults?: ReadonlyArray<string>
  readonly replacements: ReadonlyArray<Replacement>
}

type Texts = readonly [file: string, text: string, by: string]

/** The mutants of an area: a bug is found by runs for safety unless it is about progress. */
export const inArea = (area: Area) => {
  const planted =
    (mode: Plan["mode"]) =>
    (breaks: Mutant["breaks"], name: string, ...texts: ReadonlyArray<Texts>): Mutant => ({
      area,
      name,
      breaks,
      mode,
      replacements: texts.map(([file, text, by]) => ({ file, text, by }))
    })
  return { bug: planted("safety"), standstill: planted("liveness") }
}
