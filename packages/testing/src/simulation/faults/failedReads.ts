/**
 * Reading back from a server's storage fails: `amount` of a thousand reads.
 */
import { drawBetween, drawServer, drawTimes, type Fault, seatOf } from "./fault.ts"

export const failedReads: Fault = {
  name: "failedReads",
  draw: (setting) =>
    drawTimes(setting, 8).map((at) => ({
      at,
      lasts: drawBetween(setting.random, setting.electionTimeoutMax, setting.electionTimeoutMax * 12),
      fault: "failedReads",
      servers: [drawServer(setting)],
      amount: drawBetween(setting.random, 100, 900)
    })),
  begin: (world, { amount, servers }) => {
    const seat = seatOf(world, servers[0])
    seat.readFailuresPerMille += amount
    return () => {
      seat.readFailuresPerMille -= amount
    }
  }
}
