import type { Server } from "../../src/server.ts"
import { canonical } from "../support/canonical.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * Before `nextDeadline`, waking changes nothing but the clock: a turn may end without `TimeAdvanced`. After
 * `TimeAdvanced` the deadline lies ahead, so that a driver never spins.
 */
export const deadlineNeverLies = (): Observer => ({
  stepped: (step) => {
    const { after, cluster, event, host } = step
    const deadline = cluster.core.nextDeadline(after)
    if (event._tag !== "TimeAdvanced") {
      if (deadline > after.now) wakeAt(step, after.now)
      return
    }
    check(
      deadline > after.now,
      "DeadlineNeverLies",
      () => `${host.id} is due at ${deadline}, now is ${after.now}`
    )
    const latest = Math.max(after.now, Math.min(deadline - 0.5, after.now + 1_000_000))
    wakeAt(step, after.now)
    wakeAt(step, (after.now + latest) / 2)
    wakeAt(step, latest)
  }
})

const wakeAt = ({ after, cluster, host }: Stepped, at: number): void => {
  const [woken, outputs] = cluster.core.step(after, { _tag: "TimeAdvanced", at })
  const isQuiet = outputs.length === 0 && isSame(woken, after)
  check(isQuiet, "DeadlineNeverLies", () => `waking ${host.id} at ${at}, before its deadline, does something`)
}

const isSame = (woken: Server, after: Server): boolean => {
  const names = Object.keys(after) as Array<keyof Server>
  return names.every(
    (name) =>
      name === "now" || woken[name] === after[name] || canonical(woken[name]) === canonical(after[name])
  )
}
