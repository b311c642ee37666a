/**
 * `npm run mutants`: plants each bug in the reducer and sees whether the simulator finds it.
 *
 * Exit code 0 if each is found and reported by the property it breaks, 1 if not, 2 for arguments that make no
 * sense.
 */
import { parseArgs } from "node:util"
import { hunt } from "./hunt.ts"
import { areas, type Mutant } from "./mutant.ts"
import { mutants } from "./mutants.ts"
import { detailLine, headLine, isKilled, type Row, rowJson, rowLine, totalsLine, totalsOf } from "./report.ts"

interface Input {
  readonly chosen: ReadonlyArray<Mutant>
  readonly secondsMax: number
  readonly json: boolean
}

const secondsByDefault = 60

const usage = `npm run mutants -- [--only NAME|AREA] [--seconds N] [--json]

  --only     an area (${areas.join(", ")}), or part of the name of a planted bug
  --seconds  CPU seconds that the simulator has for each, ${secondsByDefault} if left out
  --json     one JSON object per planted bug, and the totals
`

/** What was asked for, or why that makes no sense. */
const inputOf = (args: ReadonlyArray<string>): Input | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: "string" }, seconds: { type: "string" }, json: { type: "boolean" } }
    })
    const { json = false, only = "", seconds = String(secondsByDefault) } = values
    const secondsMax = Number(seconds)
    if (!(secondsMax > 0 && secondsMax < Infinity)) return `--seconds ${seconds}: expected a number above 0`
    const isArea = (areas as ReadonlyArray<string>).includes(only)
    const chosen = mutants.filter(({ area, name }) => (isArea ? area === only : name.includes(only)))
    if (chosen.length === 0) return `--only ${only}: no planted bug is called so`
    return { chosen, secondsMax, json }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const printRow = (row: Row, json: boolean): void => {
  if (json) return print(rowJson(row))
  print(rowLine(row))
  const detail = isKilled(row) ? undefined : detailLine(row)
  if (detail !== undefined) print(detail)
}

const run = async ({ chosen, json, secondsMax }: Input): Promise<boolean> => {
  if (!json) print(headLine)
  const rows: Array<Row> = []
  for (const mutant of chosen) {
    // One process at a time: its CPU seconds are its own.
    const row = { mutant, hunted: await hunt(mutant, secondsMax) }
    rows.push(row)
    printRow(row, json)
  }
  print(json ? JSON.stringify(totalsOf(rows)) : totalsLine(totalsOf(rows)))
  return rows.every(isKilled)
}

const input = inputOf(process.argv.slice(2))
if (typeof input === "string") {
  process.stderr.write(`${input}\n\n${usage}`)
  process.exitCode = 2
} else {
  process.exitCode = (await run(input)) ? 0 : 1
}
