/**
 * What happens when, in virtual time: whole milliseconds, and within one of
 * them the order in which things were added.
 *
 * Nearly everything lies less than a second ahead. It goes into one slot per
 * millisecond, a list linked through the items themselves, so that adding and
 * taking cost no search. What lies further ahead waits in a heap, and moves into
 * its slot before anything can be added to that slot directly.
 */
import { TimerHeap } from "../time/TimerHeap.ts"

/** Something that can wait in the queue. `next` is the queue's. */
export interface Queued<Item> {
  next: Item | undefined
}

/** Slots, a power of two: the milliseconds ahead that need no heap. */
const slotsCount = 1024

export class EventQueue<Item extends Queued<Item>> {
  private readonly heads: Array<Item | undefined> = Array.from({ length: slotsCount }, () => undefined)
  private readonly tails: Array<Item | undefined> = Array.from({ length: slotsCount }, () => undefined)
  private readonly far = new TimerHeap()
  /** When the first item in the heap is due. */
  private nextFarAt = Infinity
  private time = 0

  /** The millisecond under way. */
  get now(): number {
    return this.time
  }

  /** Adds something at a later millisecond than this one. */
  add(at: number, item: Item): void {
    if (!(at > this.time)) throw new Error(`${at} is not after ${this.time}`)
    if (at - this.time < slotsCount) this.link(at, item)
    else this.addFar(at, item)
  }

  /**
   * Goes on to the next millisecond for which something was added, or to
   * `through` if there is none before it, and takes what is there: the first
   * item, linked to the others.
   */
  advance(through: number): Item | undefined {
    while (this.time < through) {
      const now = ++this.time
      if (this.nextFarAt < now + slotsCount) this.moveFar(now + slotsCount)
      const slot = now & (slotsCount - 1)
      const first = this.heads[slot]
      if (first === undefined) continue
      this.heads[slot] = undefined
      this.tails[slot] = undefined
      return first
    }
    return undefined
  }

  /** Apart from `add`, which would otherwise make a closure's context for everything it adds. */
  private addFar(at: number, item: Item): void {
    this.far.add(at, () => this.link(at, item))
    if (at < this.nextFarAt) this.nextFarAt = at
  }

  /** What is due before `end` has slots by now. */
  private moveFar(end: number): void {
    while (this.far.nextAt() < end) this.far.takeFirst()?.()
    this.nextFarAt = this.far.nextAt()
  }

  private link(at: number, item: Item): void {
    const slot = at & (slotsCount - 1)
    const last = this.tails[slot]
    item.next = undefined
    if (last === undefined) this.heads[slot] = item
    else last.next = item
    this.tails[slot] = item
  }
}
