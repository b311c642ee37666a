/**
 * The process of a hunt: plants the bug, runs seeds until one finds something, and prints what it came to.
 */
import type { Hunted, Job } from "./hunt.ts"
import { plant } from "./sources.ts"

const job = JSON.parse(process.argv[2] ?? "") as Job
plant(job.replacements)

// Only what is imported after planting is mutated.
const { step } = await import("@effect-raft/core")
const { drawPlan, simulate } = await import("../../src/simulation/simulation.ts")

/** Ends a run in its middle. */
class OutOfTime extends Error {}

const stepsPerLook = 4_096
const startedAt = process.cpuUsage()
const cpuSeconds = (): number => {
  const { system, user } = process.cpuUsage(startedAt)
  return (user + system) / 1e6
}

let steps = 0
const timedStep: typeof step = (server, event) => {
  if (++steps % stepsPerLook === 0 && cpuSeconds() >= job.secondsMax) throw new OutOfTime()
  return step(server, event)
}

const hunted = (): Hunted => {
  let virtualSeconds = 0
  for (let seed = 1; ; seed++) {
    const plan = drawPlan(seed, { mode: job.mode, faults: job.faults ?? "all" })
    try {
      const { finding, virtualSeconds: passed } = simulate(plan, { step: timedStep })
      virtualSeconds += passed
      const effort = { seed, virtualSeconds, cpuSeconds: cpuSeconds() }
      if (finding !== undefined) {
        return { _tag: "Found", property: finding.property, detail: finding.detail, ...effort }
      }
    } catch (error) {
      const effort = { seed, virtualSeconds, cpuSeconds: cpuSeconds() }
      if (error instanceof OutOfTime) return { _tag: "Survived", ...effort }
      return {
        _tag: "Failed",
        detail: error instanceof Error ? (error.stack ?? "") : String(error),
        ...effort
      }
    }
  }
}

process.stdout.write(JSON.stringify(hunted()))
