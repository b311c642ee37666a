/**
 * Whoever looks after the cluster: asks for other members until the cluster has
 * them, starts servers that are to join, and stops those that have left, in a
 * while.
 */
import { type Configuration, Configurations, type RequestedChange, type Server } from "@effect-raft/core"
import { drawBetween } from "./faults/fault.ts"
import { neededSeats } from "./roster.ts"
import type { Seat } from "./Seat.ts"
import type { World } from "./World.ts"

/** What to ask for in this configuration; `undefined` when it is as it should be. */
export type Goal = (configuration: Configuration.Configuration) => RequestedChange | undefined

/** Asks until a leader has committed a configuration that needs no change any more; gives what ends it before. */
export const pursue = (world: World, goal: Goal, reached: () => void = () => undefined): (() => void) => {
  let isOver = false
  const ask = (): void => {
    if (isOver) return
    const seat = whomToAsk(world)
    const server = seat?.server
    if (seat !== undefined && server !== undefined) {
      const change = nextChange(server.configuration, goal)
      if (change !== undefined && change !== "Wait") request(world, seat, change)
      else if (change === undefined && isSettled(server)) {
        isOver = true
        return reached()
      }
    }
    world.after(world.plan.options.heartbeatInterval, ask)
  }
  world.after(1, ask)
  return () => {
    isOver = true
  }
}

/** Nothing else can be changed while a configuration is joint. */
const nextChange = (
  configuration: Configuration.Configuration,
  goal: Goal
): RequestedChange | "Wait" | undefined => {
  if (configuration.outgoing === undefined) return goal(configuration)
  return configuration.outgoing.autoLeave ? "Wait" : { _tag: "LeaveJoint" }
}

/** Mostly the leader; now and then somebody who is not. */
const whomToAsk = ({ faultRandom, leader, seats }: World): Seat | undefined =>
  faultRandom.chance(100) ? seats[faultRandom.below(seats.length)] : leader

const isSettled = ({ commitIndex, log, role }: Server): boolean =>
  role._tag === "Leader" && Configurations.inForce(log.configurations).index <= commitIndex

const request = (world: World, seat: Seat, change: RequestedChange): void => {
  const { faultRandom, seats } = world
  // Whoever compares goes by what it saw, here or elsewhere.
  const seenAt = faultRandom.chance(150) ? seats[faultRandom.below(seats.length)]!.server : seat.server
  const compares = faultRandom.chance(600) && seenAt !== undefined
  world.post(seat, {
    _tag: "ConfigurationChangeRequested",
    at: 0,
    id: world.now,
    change,
    expectedIndex: compares ? Configurations.inForce(seenAt.log.configurations).index : undefined
  })
}

/** A server that is to join has to run. */
export const employ = (world: World, seat: Seat): void => {
  seat.isRetired = false
  world.restart(seat)
}

/**
 * A server that was removed runs on for a while, whether or not it knows. Then
 * it is stopped; some are started once more.
 */
export const dismiss = (world: World, seat: Seat): void => {
  const { electionTimeoutMax } = world.plan.options
  const wait = () => drawBetween(world.faultRandom, electionTimeoutMax / 2, electionTimeoutMax * 20)
  const isGone = () => !neededSeats(world).includes(seat) && !world.isHealed
  world.after(wait(), () => {
    if (!isGone()) return
    retire(world, seat)
    if (!world.faultRandom.chance(300)) return
    world.after(wait(), () => {
      if (isGone()) employ(world, seat)
    })
  })
}

/** From now on, who belongs to the cluster runs, nobody else does, and no joint configuration waits to be left. */
export const keepTidy = (world: World): void => {
  tidy(world)
  world.after(world.plan.options.electionTimeoutMax, () => keepTidy(world))
}

const tidy = (world: World): void => {
  const needed = neededSeats(world)
  for (const seat of world.seats) {
    if (!needed.includes(seat)) retire(world, seat)
    else if (seat.isRetired) employ(world, seat)
  }
  const { leader } = world
  const outgoing = leader?.server?.configuration.outgoing
  if (leader !== undefined && outgoing?.autoLeave === false) request(world, leader, { _tag: "LeaveJoint" })
}

/** Stops it; nothing but `employ` starts it again. */
const retire = (world: World, seat: Seat): void => {
  seat.isRetired = true
  world.crash(seat)
}
