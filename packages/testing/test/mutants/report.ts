/**
 * The table of `npm run mutants`, for people and for machines.
 */
import type { Hunted } from "./hunt.ts"
import type { Mutant } from "./mutant.ts"

export interface Row {
  readonly mutant: Mutant
  readonly hunted: Hunted
}

/** Whether the bug was found, and reported as what it is. */
export const isKilled = ({ hunted, mutant }: Row): boolean =>
  hunted._tag === "Found" && mutant.breaks.includes(hunted.property)

/** What became of the mutant, in the words of the table. */
const verdictOf = ({ hunted, mutant }: Row): string => {
  switch (hunted._tag) {
    case "Found":
      return mutant.breaks.includes(hunted.property)
        ? hunted.property
        : `WRONG: ${hunted.property}, not ${mutant.breaks.join(" or ")}`
    case "Survived":
      return `SURVIVED ${mutant.breaks.join(" or ")}`
    case "Failed":
      return "FAILED"
  }
}

const widths = { area: 13, name: 76, verdict: 24 }

export const headLine =
  `${"area".padEnd(widths.area)} ${"planted bug".padEnd(widths.name)} ` +
  `${"found by".padEnd(widths.verdict)}  seed virtual s  CPU s`

export const rowLine = (row: Row): string => {
  const { hunted, mutant } = row
  const { area, name } = mutant
  const figures = [
    String(hunted.seed).padStart(6),
    hunted.virtualSeconds.toFixed(1).padStart(9),
    hunted.cpuSeconds.toFixed(1).padStart(6)
  ].join(" ")
  return `${area.padEnd(widths.area)} ${name.padEnd(widths.name)} ${verdictOf(row).padEnd(widths.verdict)}${figures}`
}

/** Lines of a stack that say where. */
const detailLinesMax = 4

/** Why a row is not what it should be. */
export const detailLine = ({ hunted }: Row): string | undefined =>
  hunted._tag === "Survived"
    ? undefined
    : `  ${hunted.detail.split("\n").slice(0, detailLinesMax).join("\n")}`

export const rowJson = (row: Row): string => {
  const { _tag, ...hunted } = row.hunted
  const { area, breaks, mode, name } = row.mutant
  return JSON.stringify({ area, name, mode, breaks, outcome: _tag, killed: isKilled(row), ...hunted })
}

export interface Totals {
  readonly mutants: number
  readonly killed: number
  readonly survived: number
  readonly wrong: number
  readonly failed: number
  readonly virtualSeconds: number
  readonly cpuSeconds: number
}

export const totalsOf = (rows: ReadonlyArray<Row>): Totals => {
  const killed = rows.filter(isKilled).length
  const survived = rows.filter(({ hunted }) => hunted._tag === "Survived").length
  const failed = rows.filter(({ hunted }) => hunted._tag === "Failed").length
  return {
    mutants: rows.length,
    killed,
    survived,
    wrong: rows.length - killed - survived - failed,
    failed,
    virtualSeconds: rows.reduce((sum, { hunted }) => sum + hunted.virtualSeconds, 0),
    cpuSeconds: rows.reduce((sum, { hunted }) => sum + hunted.cpuSeconds, 0)
  }
}

export const totalsLine = (totals: Totals): string =>
  [
    `${totals.mutants} mutants: ${totals.killed} killed by the property they break`,
    `${totals.wrong} by another`,
    `${totals.survived} survived`,
    `${totals.failed} failed`,
    `${totals.virtualSeconds.toFixed(1)} virtual s`,
    `${totals.cpuSeconds.toFixed(1)} CPU s`
  ].join(", ")
