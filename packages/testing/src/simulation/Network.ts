/**
 * The simulated network: what is lost, repeated, delayed and cut.
 *
 * Links are one-way. Faults set its numbers and cut its links; what they leave
 * alone, messages of one link arrive in the order in which they were sent.
 */
import type { Message, ServerId } from "@effect-raft/core"
import type { SeededRandom } from "../SeededRandom.ts"
import type { Loss } from "./observer.ts"

export interface NetworkOptions {
  /** How long a message takes (ms). */
  readonly delayMin: number
  readonly delayMax: number
  /** Whether messages of one link stay in their order, as on a connection. */
  readonly isOrdered: boolean
}

/** Where messages go on: into the future, or to nowhere. */
export interface Carrier {
  readonly arrive: (at: number, position: number, message: Message) => void
  readonly lose: (message: Message, why: Loss) => void
}

/** Messages that a link holds while it stands still; beyond it they are lost. */
const stalledMax = 4_096

export class Network {
  /** Messages lost, of a thousand. */
  lossPerMille = 0
  duplicatePerMille = 0
  /** How much later a copy may come (ms). */
  duplicateDelayMax = 0
  /** Messages that come late, of a thousand, and by how much (ms). */
  latePerMille = 0
  lateMax = 0
  /** While positive, messages of one link overtake each other. */
  reordering = 0
  /** When the last message arrives that a fault held back. */
  lastLateArrival = 0
  /** Messages sent; lost, repeated, late and cut, for the counters of faults. */
  sent = 0
  readonly fired = { lost: 0, duplicated: 0, late: 0, cut: 0, overtaking: 0, stalled: 0 }

  private readonly positions: ReadonlyMap<ServerId, number>
  private readonly options: NetworkOptions
  private readonly random: SeededRandom
  private readonly carrier: Carrier
  /** By link: how many faults cut it, and when its last message arrives. */
  private readonly cuts: Array<number>
  private readonly lastArrival: Array<number>
  /** By link: what a fault holds back, for links that stand still. */
  private readonly stalled = new Map<number, Array<Message>>()

  constructor(ids: ReadonlyArray<ServerId>, options: NetworkOptions, random: SeededRandom, carrier: Carrier) {
    this.positions = new Map(ids.map((id, position) => [id, position]))
    this.options = options
    this.random = random
    this.carrier = carrier
    this.cuts = Array.from({ length: ids.length * ids.length }, () => 0)
    this.lastArrival = Array.from({ length: ids.length * ids.length }, () => 0)
  }

  /** The longest way there and back, while nothing is late (ms). */
  get roundTripMax(): number {
    return 2 * this.options.delayMax
  }

  send(now: number, from: number, message: Message): void {
    const to = this.positions.get(message.to)
    if (to === undefined) throw new Error(`no server ${message.to}`)
    this.sent++
    const link = from * this.positions.size + to
    if (this.cuts[link]! > 0) {
      this.fired.cut++
      return this.carrier.lose(message, "cut")
    }
    if (this.lossPerMille > 0 && this.random.chance(this.lossPerMille)) {
      this.fired.lost++
      return this.carrier.lose(message, "lost")
    }
    const held = this.stalled.get(link)
    if (held !== undefined) return this.hold(held, message)
    const at = this.arrivalOn(now, link)
    this.carrier.arrive(at, to, message)
    if (this.duplicatePerMille > 0 && this.random.chance(this.duplicatePerMille)) {
      this.fired.duplicated++
      this.carrier.arrive(this.later(at, this.duplicateDelayMax), to, message)
    }
  }

  isCut(from: number, to: number): boolean {
    return this.cuts[from * this.positions.size + to]! > 0
  }

  /** Cuts a link once more; as many `mend`s make it whole. */
  cut(from: number, to: number): void {
    if (from !== to) this.cuts[from * this.positions.size + to]!++
  }

  mend(from: number, to: number): void {
    if (from !== to) this.cuts[from * this.positions.size + to]!--
  }

  /** A link stands still: what is sent on it waits. Gives what lets it go on, or nothing where it stands already. */
  stall(from: number, to: number): ((now: number) => void) | undefined {
    const link = from * this.positions.size + to
    if (from === to || this.stalled.has(link)) return undefined
    const held: Array<Message> = []
    this.stalled.set(link, held)
    return (now) => {
      this.stalled.delete(link)
      const at = now + this.options.delayMin
      if (held.length > 0 && at > this.lastLateArrival) this.lastLateArrival = at
      for (const message of held) this.carrier.arrive(at, to, message)
    }
  }

  private hold(held: Array<Message>, message: Message): void {
    if (held.length >= stalledMax) return this.carrier.lose(message, "overflow")
    this.fired.stalled++
    held.push(message)
  }

  private arrivalOn(now: number, link: number): number {
    const { delayMax, delayMin, isOrdered } = this.options
    let at = now + delayMin + this.random.below(delayMax - delayMin + 1)
    if (this.latePerMille > 0 && this.random.chance(this.latePerMille)) {
      this.fired.late++
      return this.later(at, this.lateMax)
    }
    const last = this.lastArrival[link]!
    if (at >= last) this.lastArrival[link] = at
    else if (this.reordering > 0) this.fired.overtaking++
    else if (isOrdered) at = last
    return at
  }

  private later(at: number, millisMax: number): number {
    const late = at + this.random.below(millisMax + 1)
    if (late > this.lastLateArrival) this.lastLateArrival = late
    return late
  }
}
