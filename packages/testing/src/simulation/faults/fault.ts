/**
 * What a fault is: a name, how its occurrences are drawn, and what one of them
 * does to the world.
 */
import type { SeededRandom } from "../../SeededRandom.ts"
import type { Occurrence } from "../plan.ts"
import type { Seat } from "../Seat.ts"
import type { World } from "../World.ts"

/** What the drawing of occurrences may depend on. */
export interface Setting {
  readonly random: SeededRandom
  readonly servers: number
  /** How long the run is (ms). */
  readonly millis: number
  /** The longest election timeout (ms): the measure of how long faults last. */
  readonly electionTimeoutMax: number
}

export interface Fault {
  /** As `--faults` and the schedule name it. */
  readonly name: string
  readonly draw: (setting: Setting) => ReadonlyArray<Occurrence>
  /** Begins an occurrence, and gives what ends it. */
  readonly begin: (world: World, occurrence: Occurrence) => () => void
}

/** An occurrence that leaves nothing to end. */
export const over = (): void => undefined

/** Stands for whoever leads when the occurrence begins. */
export const theLeader = -1

/** Some server, or the leader: it is where most goes on. */
export const drawServer = ({ random, servers }: Setting): number =>
  random.chance(400) ? theLeader : random.below(servers)

/** The seat of a position; without a leader the first one stands in for it. */
export const seatOf = (world: World, position: number | undefined): Seat =>
  world.seats[position ?? 0] ?? world.leader ?? world.seats[0]!

/** Times of occurrences: about `perMinute` of them over the run, at least one. */
export const drawTimes = ({ millis, random }: Setting, perMinute: number): ReadonlyArray<number> => {
  const count = Math.max(1, Math.round((perMinute * millis) / 60_000))
  return Array.from({ length: count }, () => 1 + random.below(Math.max(1, Math.floor(millis * 0.9))))
}

/** From `min` to `max`, small values as likely as large ones. */
export const drawBetween = (random: SeededRandom, min: number, max: number): number =>
  Math.round(min * (max / min) ** random.fraction())

/** One occurrence for a good part of the run: for what changes the weather. */
export const drawWeather = (setting: Setting, fault: string, amount: number): ReadonlyArray<Occurrence> => {
  const { millis, random } = setting
  const at = 1 + random.below(Math.max(1, Math.floor(millis / 3)))
  const lasts = Math.floor((millis - at) * (0.3 + 0.7 * random.fraction()))
  return [{ at, lasts, fault, servers: [], amount }]
}
