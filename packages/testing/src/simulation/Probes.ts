/**
 * Questions that are no client's: reads of bounded staleness, asked of any
 * server at any time. Nobody takes their answers for the latest, so they are no
 * part of the history; `readsSeeCommitted` says what they must have seen.
 */
import type { ReadAnswer } from "@effect-raft/core"
import type { SeededRandom } from "../SeededRandom.ts"
import type { Servers } from "./Workload.ts"

export class Probes {
  /** Answers, by their kind. */
  readonly answers = new Map<ReadAnswer["_tag"], number>()
  private readonly random: SeededRandom
  private readonly interval: number
  private readonly servers: Servers
  private asked = 0
  private isOver = false

  /** They come about once in each `interval` (ms). */
  constructor(random: SeededRandom, interval: number, servers: Servers) {
    this.random = random
    this.interval = interval
    this.servers = servers
  }

  begin(): void {
    this.servers.after(1 + this.random.below(this.interval), () => {
      if (this.isOver) return
      this.ask()
      this.begin()
    })
  }

  stop(): void {
    this.isOver = true
  }

  answered({ _tag }: ReadAnswer): void {
    this.answers.set(_tag, (this.answers.get(_tag) ?? 0) + 1)
  }

  private ask(): void {
    const { seats } = this.servers
    const seat = seats[this.random.below(seats.length)]!
    const atMost = Math.floor(this.interval * 4 * this.random.fraction() ** 2)
    if (seat.server === undefined) return
    seat.probes.push({ id: -++this.asked, consistency: { _tag: "Stale", atMost } })
    this.servers.turnSoon(seat)
  }
}
