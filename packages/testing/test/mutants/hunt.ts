/**
 * The search for one planted bug: seed after seed of the simulator, in a process of its own that ends with the
 * first finding or when its time is over.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Property } from "../../src/simulation/simulation.ts"
import type { Mutant } from "./mutant.ts"
import { withoutInvariants } from "./sources.ts"

/** What a hunt has cost. */
export interface Effort {
  /** The last seed that was run; seeds count from 1. */
  readonly seed: number
  readonly virtualSeconds: number
  readonly cpuSeconds: number
}

export type Hunted = Effort &
  (
    | { readonly _tag: "Found"; readonly property: Property; readonly detail: string }
    | { readonly _tag: "Survived" }
    /** Something that is no finding ended a run, such as a `TypeError` of the reducer. */
    | { readonly _tag: "Failed"; readonly detail: string }
  )

/** What the process is asked to do. */
export type Job = Pick<Mutant, "mode" | "faults" | "replacements"> & { readonly secondsMax: number }

const hunter = fileURLToPath(new URL("hunter.ts", import.meta.url))

/** CPU time is what counts. A process that stands still, or waits for its turn on a busy machine, ends by this (ms). */
const wallMillisMax = (secondsMax: number): number => 60_000 + secondsMax * 10_000

export const hunt = async (mutant: Mutant, secondsMax: number): Promise<Hunted> => {
  const job: Job = { ...mutant, secondsMax, replacements: [withoutInvariants, ...mutant.replacements] }
  const args = ["--conditions=@effect-raft/source", hunter, JSON.stringify(job)]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      timeout: wallMillisMax(secondsMax),
      killSignal: "SIGKILL"
    })
    return JSON.parse(stdout) as Hunted
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { _tag: "Failed", detail, seed: 0, virtualSeconds: 0, cpuSeconds: 0 }
  }
}
