/**
 * Clocks that keep within a declared bound: time passes for all servers at once, and somewhat faster for some.
 */
/** Who has a clock. */
interface Clocked {
  clock: number
}

/** How much of the bound each server's clock uses up, by position. */
const haste = [0, 1, 0.5, 1, 0]

/** How much faster than the slowest possible the clock of this server runs. */
export const rateOf = (position: number, driftBound: number): number =>
  1 + haste[position % haste.length]! * driftBound

const setters = new WeakMap<Clocked, (millis: number) => void>()

/** The clock of one host goes back, as no good clock does. */
export const setBack = (host: Clocked, millis: number): void => setters.get(host)?.(millis)

/**
 * Whoever moves the clock of one host from now on moves all of them; none ever goes back. Gives the time that has
 * passed (ms, on the slowest clock).
 */
export const shareTime = (hosts: ReadonlyArray<Clocked>, driftBound: number): (() => number) => {
  let elapsed = 0
  hosts.forEach((host, position) => {
    // Far enough from 0 for clocks to go back.
    let begin = host.clock + 1_000_000
    const rate = rateOf(position, driftBound)
    Object.defineProperty(host, "clock", {
      get: () => begin + elapsed * rate,
      // A little more than it takes, or what is read next may be a rounding error less than what was set.
      set: (reading: number) => {
        elapsed = Math.max(elapsed, (reading - begin + 1e-6) / rate)
      }
    })
    setters.set(host, (millis) => void (begin -= millis))
  })
  return () => elapsed
}
