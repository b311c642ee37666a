/**
 * Messages arrive twice: `amount` of a thousand. The copy may come seconds late,
 * in a later term or to a later life.
 */
import { drawBetween, drawWeather, type Fault } from "./fault.ts"

/** How much later than the message its copy may come (ms). */
const copyDelayMax = 4_000

export const duplication: Fault = {
  name: "duplication",
  draw: (setting) => drawWeather(setting, "duplication", drawBetween(setting.random, 10, 500)),
  begin: ({ network }, { amount }) => {
    network.duplicatePerMille += amount
    network.duplicateDelayMax += copyDelayMax
    return () => {
      network.duplicatePerMille -= amount
      network.duplicateDelayMax -= copyDelayMax
    }
  }
}
