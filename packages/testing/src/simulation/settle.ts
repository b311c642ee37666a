/**
 * The end of a run: the clients fall silent, somebody reads every key, and all
 * servers that are well come to the same state.
 */
import { catchUpMillis } from "./catchUp.ts"
import { check } from "./violation.ts"
import { keepTidy } from "./operator.ts"
import { memberSeats } from "./roster.ts"
import type { Seat } from "./Seat.ts"
import type { World } from "./World.ts"

/** How long it may take, in longest election timeouts, beside catching up: a jumped clock costs a few by itself. */
const timeoutsMax = 60

/** Rest between two attempts to read a key (ms). */
const auditPause = 10

export const settle = (world: World): void => {
  const { options, workload } = world.plan
  world.workload.stop()
  world.probes.stop()
  const limit = world.now + timeoutsMax * options.electionTimeoutMax + workload.timeout + catchUpMillis(world)
  let unread = workload.keys
  // Reads that go through the log also commit what an earlier leader left behind.
  const audit = (): void => {
    if (unread === 0) return
    const seat = world.leader?.position ?? unread % world.seats.length
    world.workload.ask({ op: "get", key: `k${unread - 1}` }, seat, ({ status }) => {
      if (status === "ok") unread--
      world.after(auditPause, audit)
    })
  }
  audit()
  keepTidy(world)
  const isSettled = () => unread === 0 && world.workload.openCount === 0 && haveConverged(world)
  world.run(limit, isSettled)
  check(
    unread === 0,
    "ReplicasConverge",
    () => `${unread} keys could not be read ${timeoutsMax} timeouts after healing`
  )
  check(haveConverged(world), "ReplicasConverge", () => {
    const states = wellSeats(world).map(
      ({ id, machine, server }) => `${id} ${server?.commitIndex}/${machine.lastApplied}`
    )
    const joint = isJoint(world) ? " in a joint configuration" : ""
    return `committed ${world.driver.committed}${joint}, and committed/applied ${states.join(", ")}`
  })
}

/** The members; in liveness runs, those of the core. */
const wellSeats = (world: World): ReadonlyArray<Seat> =>
  memberSeats(world).filter(({ position }) => world.core?.has(position) !== false)

const isJoint = ({ driver }: World): boolean => driver.configured.configuration.outgoing !== undefined

const haveConverged = (world: World): boolean => {
  const { driver } = world
  if (isJoint(world)) return false
  return wellSeats(world).every(
    ({ machine, server }) =>
      server !== undefined &&
      server.commitIndex === driver.committed &&
      machine.lastApplied === driver.committed
  )
}
