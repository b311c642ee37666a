/**
 * Senders hear of what was lost: `amount` of a thousand lost messages come back
 * to them as `PeerUnreachable`, as from a transport that notices.
 */
import { drawBetween, drawWeather, type Fault } from "./fault.ts"

export const unreachable: Fault = {
  name: "unreachable",
  draw: (setting) => drawWeather(setting, "unreachable", drawBetween(setting.random, 100, 1_000)),
  begin: (world, { amount }) => {
    world.unreachablePerMille += amount
    return () => {
      world.unreachablePerMille -= amount
    }
  }
}
