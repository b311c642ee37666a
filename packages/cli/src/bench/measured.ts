/**
 * What a process that measures is told: by `coreBench.ts`, as JSON.
 *
 * Nothing of Effect is loaded there. What it keeps in memory changes how the
 * collector works, and so the figures: it is the reducer that is measured.
 */

/** What one process measures. */
export interface CoreCase {
  readonly name: string
  /** Commands in one event. */
  readonly batch: number
  /** Commands on the way at once. */
  readonly inflight: number
  /** Events that one turn of the leader takes. */
  readonly eventsPerTurn: number
  readonly codec: boolean
  readonly seconds: number
}

/** Measures what this process was started for, and prints the figure. */
export const report = (measure: (coreCase: CoreCase) => object): void => {
  const [, , text] = process.argv
  if (text === undefined) throw new Error("npm run bench starts this process, and says what it measures")
  process.stdout.write(`${JSON.stringify(measure(JSON.parse(text) as CoreCase))}\n`)
}
