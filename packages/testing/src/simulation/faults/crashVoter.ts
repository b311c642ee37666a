/**
 * Servers crash when they have just voted for another, and are back after
 * `amount` milliseconds, while the other candidates of the term still ask.
 */
import type { World } from "../World.ts"
import { drawBetween, drawTimes, type Fault } from "./fault.ts"

/** Votes that end so, of a thousand. */
const crashPerMille = 500

export const crashVoter: Fault = {
  name: "crashVoter",
  draw: (setting) =>
    drawTimes(setting, 10).map((at) => ({
      at,
      lasts: setting.electionTimeoutMax * 6,
      fault: "crashVoter",
      servers: [],
      amount: drawBetween(setting.random, 1, setting.electionTimeoutMax / 4)
    })),
  begin: (world, { amount }) => {
    let known = world.seats.map(voteOf)
    let isOver = false
    const look = (): void => {
      if (isOver) return
      const votes = world.seats.map(voteOf)
      for (const seat of world.seats) {
        const { position } = seat
        const hasVoted = votes[position] !== known[position] && votes[position] !== undefined
        if (!hasVoted || seat.server === undefined || !world.faultRandom.chance(crashPerMille)) continue
        world.fire("crashVoter")
        world.crash(seat)
        world.after(amount, () => world.restart(seat))
      }
      known = votes
      world.after(1, look)
    }
    look()
    return () => {
      isOver = true
    }
  }
}

/** The term of the last vote for another that lies on the disk: it has been told. */
const voteOf = ({ disk, id }: World["seats"][number]): number | undefined => {
  const { currentTerm, votedFor } = disk.durable.hardState
  return votedFor === undefined || votedFor === id ? undefined : currentTerm
}
