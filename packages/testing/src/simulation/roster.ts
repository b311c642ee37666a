/**
 * Who belongs to the cluster, as somebody sees it who knows every disk: which
 * seats the committed configuration names, and which a later one may, that only
 * some log holds yet.
 */
import { Configuration, type ServerId } from "@effect-raft/core"
import { isQuorum } from "./checkers/quorumOf.ts"
import type { Seat } from "./Seat.ts"
import type { World } from "./World.ts"

type Cluster = Pick<World, "seats" | "driver">

/** The seats of the last committed configuration. */
export const memberSeats = ({ driver, seats }: Cluster): ReadonlyArray<Seat> =>
  seats.filter(({ id }) => Configuration.find(driver.configured.configuration, id) !== undefined)

/** The last committed configuration, and those above it that its members hold: one of them is, or will be, in force. */
export const possibleConfigurations = (cluster: Cluster): ReadonlyArray<Configuration.Configuration> => {
  const { configuration, index } = cluster.driver.configured
  const above = memberSeats(cluster).flatMap(({ disk }) =>
    disk.issued.configurations.filter((stored) => stored.index > index)
  )
  return [configuration, ...above.map((stored) => stored.configuration)]
}

/** The seats that have to run for the cluster to be well. */
export const neededSeats = (cluster: Cluster): ReadonlyArray<Seat> => {
  const possible = possibleConfigurations(cluster)
  return cluster.seats.filter(({ id }) =>
    possible.some((configuration) => Configuration.find(configuration, id) !== undefined)
  )
}

/** The positions of these seats, and of as many more as it takes for a quorum of every configuration that may be in force. */
export const quorumAround = (cluster: Cluster, positions: ReadonlyArray<number>): ReadonlySet<number> => {
  const core = new Set(positions)
  const has = (id: ServerId) => cluster.seats.some((seat) => seat.id === id && core.has(seat.position))
  for (const configuration of possibleConfigurations(cluster)) {
    for (const { id, position } of cluster.seats) {
      if (isQuorum(configuration, has)) break
      if (Configuration.isVoter(configuration, id)) core.add(position)
    }
  }
  return core
}
