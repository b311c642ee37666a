/**
 * Messages of one link overtake each other.
 */
import { drawWeather, type Fault } from "./fault.ts"

export const reordering: Fault = {
  name: "reordering",
  draw: (setting) => drawWeather(setting, "reordering", 0),
  begin: ({ network }) => {
    network.reordering++
    return () => {
      network.reordering--
    }
  }
}
