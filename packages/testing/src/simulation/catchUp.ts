/**
 * How long a server that lacks everything may take to come as far as the others.
 */
import type { World } from "./World.ts"

/** A snapshot, and the whole log once more, in the smallest steps that the plan's bounds allow: sent, stored, read back, applied. */
export const catchUpMillis = (world: World): number => {
  const { driver, network, plan } = world
  const { apply, options, read, sync } = plan
  const orders = driver.committed / Math.max(1, Math.floor(options.applyBytesMax / entryBytes))
  const appends = driver.committed / Math.max(1, Math.floor(options.appendBytesMax / entryBytes))
  return Math.ceil(
    orders * (read.max + apply.max + turnsMillis) +
      appends * (network.roundTripMax + sync.max + read.max + turnsMillis) +
      snapshotMillis(world)
  )
}

/** The largest snapshot, chunk by chunk, twice: one under way may have to begin anew. */
const snapshotMillis = ({ network, plan, seats }: World): number => {
  const { apply, options, read, save, sync } = plan
  const sizes = seats.map(({ disk, saving }) =>
    Math.max(disk.snapshot.bytes.length, saving?.bytes.length ?? 0)
  )
  const chunks = Math.ceil(Math.max(...sizes) / options.chunkBytesMax)
  const perChunk = network.roundTripMax + sync.max + read.max + turnsMillis
  return 2 * (chunks * perChunk + save.max + apply.max + options.heartbeatInterval)
}

/** What an entry of this package's clients counts, in core's limits. */
const entryBytes = 36

/** Each stage waits for the turn of the next millisecond. */
const turnsMillis = 2
