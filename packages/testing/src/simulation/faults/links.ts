/**
 * Cutting many links at once: what partitions of all shapes are made of.
 */
import type { World } from "../World.ts"

/** Cuts every one-way link that `isCut` names, and gives what mends them all. */
export const cutLinks = (
  { network, seats }: World,
  isCut: (from: number, to: number) => boolean
): (() => void) => {
  const cuts: Array<readonly [from: number, to: number]> = []
  for (const { position: from } of seats) {
    for (const { position: to } of seats) if (from !== to && isCut(from, to)) cuts.push([from, to])
  }
  for (const [from, to] of cuts) network.cut(from, to)
  return () => {
    for (const [from, to] of cuts) network.mend(from, to)
  }
}
