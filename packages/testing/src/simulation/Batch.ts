/**
 * A list that is filled and emptied over and over, in one array that stays: a
 * fresh array for every turn of every server would be most of what there is to
 * collect.
 */

export class Batch<Item> {
  /** Only the first `count` are in the batch; what lies behind them is old. */
  readonly items: Array<Item> = []
  count = 0

  add(item: Item): void {
    this.items[this.count++] = item
  }

  /** Removes the last item and gives it. */
  take(): Item | undefined {
    return this.count === 0 ? undefined : this.items[--this.count]
  }

  clear(): void {
    this.count = 0
  }

  /** Removes the first `start` items. */
  drop(start: number): void {
    const { items } = this
    for (let position = start; position < this.count; position++) items[position - start] = items[position]!
    this.count = Math.max(0, this.count - start)
  }
}
