/**
 * The configurations along a log (§6): the snapshot's, then those that entries
 * above it hold.
 *
 * The last is in force from the moment it is appended, committed or not, and
 * one that is truncated is in force no more: however many go, the one below them
 * counts again.
 */
import { decodeConfiguration } from "../codec/configurationCodec.ts"
import type { Configuration } from "../configuration.ts"
import type { Entry } from "../entry.ts"
import { type LogIndex, logIndex } from "../ids.ts"
import { invariant } from "../invariant.ts"
import type { PersistentState } from "../persistentState.ts"

/** A configuration and where the log holds it, or held it before a snapshot took its place; 0 for the first of all. */
export interface Configured {
  readonly index: LogIndex
  readonly configuration: Configuration
}

/** In the order of the log, never empty: what the first entry found comes first. */
export type Configurations = ReadonlyArray<Configured>

/** What storage gave back; without a snapshot a server begins in nobody's cluster. */
export const fromPersistent = ({
  configurations,
  lastIndex,
  snapshot,
  tail
}: PersistentState): Configurations => {
  const first: Configured =
    snapshot === undefined
      ? { index: logIndex(0), configuration: { members: [] } }
      : { index: snapshot.configurationIndex, configuration: snapshot.configuration }
  const named = new Set(configurations.map((entry) => entry.index))
  const isComplete = tail.every((entry) => entry.kind !== "Configuration" || named.has(entry.index))
  invariant(isComplete, "storage names every configuration of its log")
  // A log may reach back behind its snapshot.
  const restored = configurations.filter((entry) => entry.index > first.index).reduce(append, [first])
  invariant(inForce(restored).index <= lastIndex, "no configuration lies beyond the stored log")
  return restored
}

/** The list with what this entry holds. Decoders have refused bytes that are no configuration. */
export const append = (configurations: Configurations, { index, payload }: Entry): Configurations => {
  const decoded = decodeConfiguration(payload)
  invariant(decoded._tag === "Ok", "a configuration entry holds a configuration")
  invariant(index > inForce(configurations).index, "configurations stand in the order of the log")
  return [...configurations, { index, configuration: decoded.value }]
}

/** The list without what stands at `from` and above. */
export const truncate = (configurations: Configurations, from: LogIndex): Configurations =>
  inForce(configurations).index < from ? configurations : configurations.filter(({ index }) => index < from)

/** The list of a log that begins after `through`: what was in force there comes first. */
export const compact = (configurations: Configurations, through: LogIndex): Configurations => {
  const first = at(configurations, through)
  return first === configurations[0] ? configurations : configurations.slice(configurations.indexOf(first))
}

/** The last one. */
export const inForce = (configurations: Configurations): Configured =>
  configurations[configurations.length - 1]!

/** What was in force at an index of the log, the snapshot's or above. */
export const at = (configurations: Configurations, through: LogIndex): Configured =>
  configurations.findLast(({ index }) => index <= through) ?? configurations[0]!

/** Those that may be the cluster's, for who knows of commitment through `commitIndex`: the last of the committed ones, and all above. */
export const possible = (configurations: Configurations, commitIndex: LogIndex): Configurations =>
  compact(configurations, commitIndex)
