/**
 * The clock of a server runs at `amount` thousandths of its right rate.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const clockRate: Fault = {
  name: "clockRate",
  draw: (setting) =>
    drawTimes(setting, 6).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.millis),
      fault: "clockRate",
      servers: [drawServer(setting)],
      amount: setting.random.chance(500)
        ? drawBetween(setting.random, 990, 1_010)
        : drawBetween(setting.random, 400, 2_500)
    })),
  begin: (world, { amount, servers }) => {
    const { clock } = seatOf(world, servers[0])
    world.fire("clockRate")
    clock.setRate(world.now, amount / 1000)
    return () => clock.setRate(world.now, 1)
  }
}
