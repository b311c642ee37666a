/**
 * The links of a server stand still, as a connection does whose other end reads
 * nothing, and bring everything at once, in its order, when they go on: to a
 * server that may have lost its office since, or begun another life. By `amount`
 * those to it (1), those from it (2) or both (0).
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const stall: Fault = {
  name: "stall",
  draw: (setting) =>
    drawTimes(setting, 12).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax / 8, setting.electionTimeoutMax * 6),
      fault: "stall",
      servers: [drawServer(setting)],
      amount: setting.random.below(3)
    })),
  begin: (world, { amount, servers }) => {
    const { position: stalled } = seatOf(world, servers[0])
    const ends = world.seats.flatMap(({ position: other }) => [
      ...(amount === 2 ? [] : [world.network.stall(other, stalled)]),
      ...(amount === 1 ? [] : [world.network.stall(stalled, other)])
    ])
    return () => {
      for (const end of ends) end?.(world.now)
    }
  }
}
