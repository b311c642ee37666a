/**
 * Messages are lost: `amount` of a thousand.
 */
import { drawBetween, drawWeather, type Fault } from "./fault.ts"

export const loss: Fault = {
  name: "loss",
  draw: (setting) => drawWeather(setting, "loss", drawBetween(setting.random, 10, 300)),
  begin: ({ network }, { amount }) => {
    network.lossPerMille += amount
    return () => {
      network.lossPerMille -= amount
    }
  }
}
