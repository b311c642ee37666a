/**
 * All ways to swap the servers' names: the symmetry of the model.
 */
import { type ServerId, serverId } from "@effect-raft/core"
import { serversMax } from "./bounds.ts"
import type { Renaming } from "./canonicalText.ts"

const letters = ["A", "B", "C", "D", "E"].map(serverId)

/** Servers are called by letters, so that nobody takes a name for a number. */
export const serverNames = (servers: number): ReadonlyArray<ServerId> => {
  if (servers < 1 || servers > serversMax) throw new RangeError(`1 to ${serversMax} servers, not ${servers}`)
  return letters.slice(0, servers)
}

/** One renaming per permutation, the one that changes nothing first. */
export const renamingsOf = (names: ReadonlyArray<ServerId>): ReadonlyArray<Renaming> =>
  permutations(names).map((order) => new Map(names.map((name, position) => [name, order[position] ?? name])))

const permutations = <Item>(items: ReadonlyArray<Item>): ReadonlyArray<ReadonlyArray<Item>> =>
  items.length <= 1
    ? [items]
    : items.flatMap((first, position) =>
        permutations(items.toSpliced(position, 1)).map((rest) => [first, ...rest])
      )
