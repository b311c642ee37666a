/**
 * The monotonic clock of one server: it runs at its own rate and may jump.
 *
 * Servers never see virtual time, only this.
 */

export class LocalClock {
  private base: number
  private since = 0
  private pace = 1

  /** What it shows at the beginning: clocks of different servers have nothing to do with each other. */
  constructor(base: number) {
    this.base = base
  }

  /** Its milliseconds for one of virtual time. */
  get rate(): number {
    return this.pace
  }

  /** What it shows at the virtual time `now` (ms). */
  read(now: number): number {
    return this.base + (now - this.since) * this.pace
  }

  setRate(now: number, rate: number): void {
    this.base = this.read(now)
    this.since = now
    this.pace = rate
  }

  jump(millis: number): void {
    this.base += millis
  }

  /** The first virtual millisecond at which it shows `reading` or later. */
  reaches(reading: number): number {
    return Math.ceil(this.since + (reading - this.base) / this.pace)
  }
}
