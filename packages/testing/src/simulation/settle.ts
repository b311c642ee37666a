/**
 * The end of a run: the clients fall silent, somebody reads every key, and all
 * servers that are well come to the same state.
 */
import { catchUpMillis } from "./catchUp.ts"
import { check } from "./violation.ts"
import type { Seat } from "./Seat.ts"
import type { World } from "./World.ts"

/** How long it may take, in longest election timeouts, beside catching up: a jumped clock costs a few by itself. */
const timeoutsMax = 60

/** Rest between two attempts to read a key (ms). */
const auditPause = 10

export const settle = (world: World): void => {
  const { options, workload } = world.plan
  world.workload.stop()
  const limit = world.now + timeoutsMax * options.electionTimeoutMax + workload.timeout + catchUpMillis(world)
  let unread = workload.keys
  // Reads that go through the log also commit what an earlier leader left behind.
  const audit = (): void => {
    if (unread === 0) return
    const seat = world.leader?.position ?? unread % world.plan.servers
    world.workload.ask({ op: "get", key: `k${unread - 1}` }, seat, ({ status }) => {
      if (status === "ok") unread--
      world.after(auditPause, audit)
    })
  }
  audit()
  const well = wellSeats(world)
  const isSettled = () => unread === 0 && world.workload.openCount === 0 && haveConverged(world, well)
  world.run(limit, isSettled)
  check(
    unread === 0,
    "ReplicasConverge",
    () => `${unread} keys could not be read ${timeoutsMax} timeouts after healing`
  )
  check(haveConverged(world, well), "ReplicasConverge", () => {
    const states = well.map(
      ({ id, machine, server }) => `${id} ${server?.commitIndex}/${machine.lastApplied}`
    )
    return `committed ${world.driver.committed}, and committed/applied ${states.join(", ")}`
  })
}

/** In liveness runs the core; all servers otherwise. */
const wellSeats = ({ plan, seats }: World): ReadonlyArray<Seat> =>
  seats.filter(({ position }) => plan.healing === null || plan.healing.core.includes(position))

const haveConverged = ({ driver }: World, seats: ReadonlyArray<Seat>): boolean =>
  seats.every(
    ({ machine, server }) =>
      server !== undefined &&
      server.commitIndex === driver.committed &&
      machine.lastApplied === driver.committed
  )
