/**
 * All servers lose power at once and come back one by one, `amount` milliseconds
 * apart.
 */
import { drawBetween, drawTimes, type Fault } from "./fault.ts"

export const crashAll: Fault = {
  name: "crashAll",
  draw: (setting) =>
    drawTimes(setting, 4).map((at) => ({
      at,
      lasts: drawBetween(setting.random, 10, setting.electionTimeoutMax * 4),
      fault: "crashAll",
      servers: [],
      amount: setting.random.chance(500) ? 0 : setting.random.below(setting.electionTimeoutMax)
    })),
  begin: (world, { amount }) => {
    world.fire("crashAll")
    for (const seat of world.seats) world.crash(seat)
    return () => {
      for (const seat of world.seats) world.after(1 + seat.position * amount, () => world.restart(seat))
    }
  }
}
