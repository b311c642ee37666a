/**
 * A sequence as a value, with O(1) append and read.
 *
 * Versions share one growing backing array. A version never looks past its own
 * `end`, so appending to the newest version is a plain push that older versions
 * cannot see; only where history branches (an append to an older version) is
 * the visible part copied. The backing array is private to this file.
 */

export interface AppendList<Item> {
  readonly backing: ReadonlyArray<Item>
  /** Visible are positions `start`..`end` of the backing array, half-open. */
  readonly start: number
  readonly end: number
}

/** Fewer dropped items than this are never worth a copy. */
const slackMax = 1024

export const make = <Item>(items: ReadonlyArray<Item> = []): AppendList<Item> => ({
  backing: [...items],
  start: 0,
  end: items.length
})

export const size = <Item>(list: AppendList<Item>): number => list.end - list.start

/** The item at a position counted from 0; `undefined` outside. */
export const at = <Item>(list: AppendList<Item>, position: number): Item | undefined =>
  position >= 0 && position < list.end - list.start ? list.backing[list.start + position] : undefined

export const append = <Item>(list: AppendList<Item>, item: Item): AppendList<Item> => {
  const backing = appendable(list)
  const start = backing === list.backing ? list.start : 0
  backing.push(item)
  return { backing, start, end: backing.length }
}

export const appendAll = <Item>(list: AppendList<Item>, items: ReadonlyArray<Item>): AppendList<Item> => {
  if (items.length === 0) return list
  const backing = appendable(list)
  const start = backing === list.backing ? list.start : 0
  for (let position = 0; position < items.length; position++) backing.push(items[position]!)
  return { backing, start, end: backing.length }
}

/** The first `count` items. */
export const take = <Item>(list: AppendList<Item>, count: number): AppendList<Item> =>
  count >= size(list)
    ? list
    : { backing: list.backing, start: list.start, end: list.start + Math.max(0, count) }

/** All but the first `count` items; copies when most of the backing array would be dead weight. */
export const drop = <Item>(list: AppendList<Item>, count: number): AppendList<Item> => {
  if (count <= 0) return list
  const start = Math.min(list.end, list.start + count)
  if (start < slackMax || start * 2 < list.end) return { backing: list.backing, start, end: list.end }
  return { backing: list.backing.slice(start, list.end), start: 0, end: list.end - start }
}

/** Items at positions `start`..`end`, half-open, as an array of their own. */
export const slice = <Item>(list: AppendList<Item>, start: number, end: number): ReadonlyArray<Item> => {
  const from = list.start + start
  const through = Math.min(list.end, list.start + end)
  // One entry at a time is what a quiet cluster replicates, and a literal costs a fraction of a slice.
  return through - from === 1 ? [list.backing[from]!] : list.backing.slice(from, through)
}

/** A backing array whose end is this list's end: the shared one, or a copy where another version grew past it. */
const appendable = <Item>(list: AppendList<Item>): Array<Item> =>
  list.backing.length === list.end ? (list.backing as Array<Item>) : list.backing.slice(list.start, list.end)
