/**
 * Measuring by many short windows: other work on the machine disturbs some of
 * them, and the median belongs to none of those.
 */

const windowMillis = 250

/** What one window counts, per CPU second of the whole process. */
const measureWindow = (work: () => void, count: () => number): number => {
  const before = count()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  while (performance.now() - startedAt < windowMillis) work()
  const cpu = process.cpuUsage(cpuBefore)
  return (count() - before) / ((cpu.user + cpu.system) / 1e6)
}

/** The median rate of `count` while `work` is done over and over, after some windows to warm up. */
export const rateOf = (seconds: number, work: () => void, count: () => number): number => {
  for (let warm = 0; warm < 4; warm++) measureWindow(work, count)
  const windows = Math.ceil((seconds * 1000) / windowMillis)
  const rates = Array.from({ length: windows }, () => measureWindow(work, count))
  return rates.toSorted((left, right) => left - right)[windows >>> 1]!
}

export const heapMiB = (): number => Math.round(process.memoryUsage().heapUsed / 1_048_576)
