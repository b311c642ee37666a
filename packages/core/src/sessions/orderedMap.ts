/**
 * A map from non-negative integers to values, as a value: a change copies a
 * path and shares the rest, so that a snapshot is a reference.
 *
 * It is a search tree whose shape depends on its keys alone (a treap: each key
 * has a rank, and none stands below a lower one), so that equal contents are
 * equal structures, however they came about.
 */

export interface OrderedMap<Value> {
  readonly size: number
  readonly root: Branch<Value> | undefined
}

interface Branch<Value> {
  readonly key: number
  readonly rank: number
  readonly value: Value
  readonly left: Branch<Value> | undefined
  readonly right: Branch<Value> | undefined
}

export const empty: OrderedMap<never> = { size: 0, root: undefined }

export const get = <Value>(map: OrderedMap<Value>, key: number): Value | undefined => {
  let branch = map.root
  while (branch !== undefined && branch.key !== key) branch = key < branch.key ? branch.left : branch.right
  return branch?.value
}

/** The entry with the smallest key. */
export const first = <Value>(
  map: OrderedMap<Value>
): { readonly key: number; readonly value: Value } | undefined => {
  let branch = map.root
  while (branch?.left !== undefined) branch = branch.left
  return branch
}

/** The values, keys rising. */
export const values = <Value>(map: OrderedMap<Value>): ReadonlyArray<Value> => {
  const found: Array<Value> = []
  collect(map.root, found)
  return found
}

export const set = <Value>(map: OrderedMap<Value>, key: number, value: Value): OrderedMap<Value> => {
  const isNew = get(map, key) === undefined
  return {
    size: isNew ? map.size + 1 : map.size,
    root: isNew
      ? inserted(map.root, { key, rank: rankOf(key), value, left: undefined, right: undefined })
      : replaced(map.root!, key, value)
  }
}

/** The map without a key, which need not be there. */
export const remove = <Value>(map: OrderedMap<Value>, key: number): OrderedMap<Value> =>
  get(map, key) === undefined ? map : { size: map.size - 1, root: removed(map.root!, key) }

const collect = <Value>(branch: Branch<Value> | undefined, found: Array<Value>): void => {
  if (branch === undefined) return
  collect(branch.left, found)
  found.push(branch.value)
  collect(branch.right, found)
}

/** Fields by name: a spread costs several times as much, on the path of every command. */
const withLeft = <Value>(branch: Branch<Value>, left: Branch<Value> | undefined): Branch<Value> => ({
  key: branch.key,
  rank: branch.rank,
  value: branch.value,
  left,
  right: branch.right
})

const withRight = <Value>(branch: Branch<Value>, right: Branch<Value> | undefined): Branch<Value> => ({
  key: branch.key,
  rank: branch.rank,
  value: branch.value,
  left: branch.left,
  right
})

const replaced = <Value>(branch: Branch<Value>, key: number, value: Value): Branch<Value> => {
  if (key < branch.key) return withLeft(branch, replaced(branch.left!, key, value))
  if (key > branch.key) return withRight(branch, replaced(branch.right!, key, value))
  return { key, rank: branch.rank, value, left: branch.left, right: branch.right }
}

const inserted = <Value>(branch: Branch<Value> | undefined, added: Branch<Value>): Branch<Value> => {
  if (branch === undefined || isAbove(added, branch)) {
    const [left, right] = split(branch, added.key)
    return { key: added.key, rank: added.rank, value: added.value, left, right }
  }
  return added.key < branch.key
    ? withLeft(branch, inserted(branch.left, added))
    : withRight(branch, inserted(branch.right, added))
}

/** What lies below a key that is not there, and what lies above it. */
const split = <Value>(
  branch: Branch<Value> | undefined,
  key: number
): readonly [below: Branch<Value> | undefined, above: Branch<Value> | undefined] => {
  if (branch === undefined) return [undefined, undefined]
  if (key < branch.key) {
    const [below, rest] = split(branch.left, key)
    return [below, withLeft(branch, rest)]
  }
  const [rest, above] = split(branch.right, key)
  return [withRight(branch, rest), above]
}

const removed = <Value>(branch: Branch<Value>, key: number): Branch<Value> | undefined => {
  if (key < branch.key) return withLeft(branch, removed(branch.left!, key))
  if (key > branch.key) return withRight(branch, removed(branch.right!, key))
  return joined(branch.left, branch.right)
}

/** Two trees as one; every key of the first is smaller than every key of the second. */
const joined = <Value>(
  below: Branch<Value> | undefined,
  above: Branch<Value> | undefined
): Branch<Value> | undefined => {
  if (below === undefined) return above
  if (above === undefined) return below
  return isAbove(below, above)
    ? withRight(below, joined(below.right, above))
    : withLeft(above, joined(below, above.left))
}

interface Place {
  readonly key: number
  readonly rank: number
}

const isAbove = (one: Place, other: Place): boolean =>
  one.rank > other.rank || (one.rank === other.rank && one.key < other.key)

const wordRange = 0x1_0000_0000

/** A number that looks random, so that the tree is about as deep as a balanced one. */
const rankOf = (key: number): number => {
  let bits = (key >>> 0) ^ Math.imul(Math.floor(key / wordRange), 0x9e3779b1)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return (bits ^ (bits >>> 15)) >>> 0
}
