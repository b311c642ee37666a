/**
 * One in ten messages is late, by up to `amount` milliseconds: several election
 * timeouts.
 */
import { drawBetween, drawWeather, type Fault } from "./fault.ts"

const latePerMille = 100

export const delay: Fault = {
  name: "delay",
  draw: (setting) => drawWeather(setting, "delay", drawBetween(setting.random, 100, 4_000)),
  begin: ({ network }, { amount }) => {
    network.latePerMille += latePerMille
    network.lateMax += amount
    return () => {
      network.latePerMille -= latePerMille
      network.lateMax -= amount
    }
  }
}
