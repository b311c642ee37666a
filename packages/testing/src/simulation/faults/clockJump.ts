/**
 * The clock of a server jumps by `amount` milliseconds, forward or back.
 */
import { drawBetween, drawServer, drawTimes, type Fault, over, seatOf } from "./fault.ts"

export const clockJump: Fault = {
  name: "clockJump",
  draw: (setting) =>
    drawTimes(setting, 10).map((at) => ({
      at,
      lasts: 0,
      fault: "clockJump",
      servers: [drawServer(setting)],
      amount:
        drawBetween(setting.random, 1, setting.electionTimeoutMax * 5) * (setting.random.chance(500) ? 1 : -1)
    })),
  begin: (world, { amount, servers }) => {
    world.fire("clockJump")
    seatOf(world, servers[0]).clock.jump(amount)
    return over
  }
}
