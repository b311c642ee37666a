/**
 * Operations that have been called and not yet returned, in the order of their
 * calls, as the search goes forward and back through a history.
 *
 * A linked list, since a removed member can be put back where it was without
 * looking for the place, provided that changes are undone in reverse.
 */
export class PendingList {
  private readonly next: Int32Array
  private readonly previous: Int32Array

  /** Members are the numbers 1 .. `size`; 0 stands for both ends. */
  constructor(size: number) {
    this.next = new Int32Array(size + 1)
    this.previous = new Int32Array(size + 1)
  }

  /** The first member, or 0. */
  first(): number {
    return this.next[0]!
  }

  /** The member behind this one, or 0. */
  after(member: number): number {
    return this.next[member]!
  }

  append(member: number): void {
    const last = this.previous[0]!
    this.previous[member] = last
    this.next[member] = 0
    this.next[last] = member
    this.previous[0] = member
  }

  remove(member: number): void {
    this.next[this.previous[member]!] = this.next[member]!
    this.previous[this.next[member]!] = this.previous[member]!
  }

  /** Undoes the latest removal that has not been undone. */
  restore(member: number): void {
    this.next[this.previous[member]!] = member
    this.previous[this.next[member]!] = member
  }
}
