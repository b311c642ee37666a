/**
 * Positions in a random order.
 */
import type { SeededRandom } from "../../SeededRandom.ts"

export const shuffled = (random: SeededRandom, count: number): ReadonlyArray<number> => {
  const positions = Array.from({ length: count }, (_, position) => position)
  for (let end = count; end > 1; end--) {
    const position = random.below(end)
    const moved = positions[position]!
    positions[position] = positions[end - 1]!
    positions[end - 1] = moved
  }
  return positions
}
