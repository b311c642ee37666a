/**
 * How long a server that lacks everything may take to come as far as the others.
 */
import type { World } from "./World.ts"

/** The whole log once more, in the smallest steps that the plan's bounds allow: sent, stored, read back, applied. */
export const catchUpMillis = ({ driver, network, plan }: World): number => {
  const { apply, options, read, sync } = plan
  const orders = driver.committed / Math.max(1, Math.floor(options.applyBytesMax / entryBytes))
  const appends = driver.committed / Math.max(1, Math.floor(options.appendBytesMax / entryBytes))
  return Math.ceil(
    orders * (read.max + apply.max + turnsMillis) +
      appends * (network.roundTripMax + sync.max + read.max + turnsMillis)
  )
}

/** What an entry of this package's clients counts, in core's limits. */
const entryBytes = 36

/** Each stage waits for the turn of the next millisecond. */
const turnsMillis = 2
