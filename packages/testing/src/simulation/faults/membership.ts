/**
 * The operator changes the members, while everything else goes on: which way,
 * the amount says. It asks until it has come to that or the occurrence ends,
 * and does not mind who else is at it.
 */
import { Configuration, type MemberChange, type RequestedChange } from "@effect-raft/core"
import { dismiss, employ, type Goal, pursue } from "../operator.ts"
import type { Seat } from "../Seat.ts"
import type { World } from "../World.ts"
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

type Job = (world: World, seat: Seat, other: Seat) => () => void

/** A learner first; once it has caught up, a voter. Some ask for too much at once, and are refused. */
const grow: Job = (world, seat) => {
  employ(world, seat)
  return pursue(world, joining(world, seat))
}

const shrink: Job = (world, seat) => pursue(world, leaving(seat), () => dismiss(world, seat))

const removeLeader: Job = (world, seat) => shrink(world, world.leader ?? seat, seat)

/** One server takes the place of another: in one step, if it has caught up. */
const replace: Job = (world, seat, other) => {
  if (seat === other) return shrink(world, seat, other)
  employ(world, other)
  const isAutomatic = world.faultRandom.chance(500)
  const goal: Goal = (configuration) => {
    const isIn = Configuration.isVoter(configuration, other.id)
    if (isIn || Configuration.find(configuration, seat.id) === undefined) {
      return isIn ? leaving(seat)(configuration) : joining(world, other)(configuration)
    }
    if (!Configuration.isLearner(configuration, other.id)) return joining(world, other)(configuration)
    return {
      _tag: "EnterJoint",
      autoLeave: isAutomatic,
      changes: [
        { _tag: "Promote", id: other.id },
        { _tag: "Remove", id: seat.id }
      ]
    }
  }
  return pursue(world, goal, () => dismiss(world, seat))
}

/** Whatever is another state for these two, at once. */
const reshuffle: Job = (world, seat, other) => {
  let isAsked = false
  const goal: Goal = (configuration) => {
    if (isAsked) return undefined
    isAsked = true
    const changes = [...new Set([seat, other])].map((one) => reversed(world, configuration, one))
    return { _tag: "EnterJoint", autoLeave: world.faultRandom.chance(500), changes }
  }
  return pursue(world, goal)
}

/** Two operators that know nothing of each other. */
const race: Job = (world, seat, other) => {
  const ends = [grow(world, seat, other), shrink(world, other, seat)]
  return () => ends.forEach((end) => end())
}

/** A voter becomes a learner and, some time later, a voter again. */
const demote: Job = (world, { id }) => {
  const ends: Array<() => void> = []
  const down: Goal = (configuration) =>
    Configuration.isVoter(configuration, id) ? simplest({ _tag: "Demote", id }) : undefined
  const up: Goal = (configuration) =>
    Configuration.isLearner(configuration, id) ? simplest({ _tag: "Promote", id }) : undefined
  ends.push(pursue(world, down, () => ends.push(pursue(world, up))))
  return () => ends.forEach((end) => end())
}

/** Servers come as often as they go. */
const jobs: ReadonlyArray<Job> = [
  grow,
  grow,
  grow,
  shrink,
  removeLeader,
  replace,
  replace,
  replace,
  reshuffle,
  race,
  demote
]

export const membership: Fault = {
  name: "membership",
  draw: (setting) =>
    drawTimes(setting, 40).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 20),
      fault: "membership",
      servers: [drawServer(setting), setting.random.below(setting.servers)],
      amount: setting.random.below(jobs.length)
    })),
  begin: (world, { amount, servers }) =>
    jobs[amount % jobs.length]!(world, seatOf(world, servers[0]), seatOf(world, servers[1]))
}

const simplest = (change: MemberChange): RequestedChange => ({ _tag: "Simplest", changes: [change] })

const joining =
  (world: World, { disk, id }: Seat): Goal =>
  (configuration) => {
    if (Configuration.isVoter(configuration, id)) return undefined
    if (Configuration.isLearner(configuration, id)) return simplest({ _tag: "Promote", id })
    const storageId = world.plan.pinsStorage ? disk.storageId : ""
    const isRash = world.faultRandom.chance(100)
    const member = isRash ? Configuration.voter(id, { storageId }) : Configuration.learner(id, { storageId })
    return simplest({ _tag: "Add", member })
  }

const leaving =
  ({ id }: Seat): Goal =>
  (configuration) =>
    Configuration.find(configuration, id) === undefined ? undefined : simplest({ _tag: "Remove", id })

const reversed = (world: World, configuration: Configuration.Configuration, seat: Seat): MemberChange => {
  const { disk, id } = seat
  const isEither = world.faultRandom.chance(500)
  if (Configuration.isVoter(configuration, id)) return { _tag: isEither ? "Demote" : "Remove", id }
  if (Configuration.isLearner(configuration, id)) return { _tag: isEither ? "Promote" : "Remove", id }
  employ(world, seat)
  const storageId = world.plan.pinsStorage ? disk.storageId : ""
  return { _tag: "Add", member: Configuration.learner(id, { storageId }) }
}
