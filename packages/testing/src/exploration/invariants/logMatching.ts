/**
 * LogMatching: two logs that agree on the term at an index agree on everything before it (§5.3, Figure 3).
 */
import type { Host } from "../host.ts"
import { type Invariant, termAt } from "./invariant.ts"

export const logMatching: Invariant = {
  name: "LogMatching",
  holdsIn: ({ hosts }) =>
    hosts.every((left, position) => hosts.slice(position + 1).every((right) => match(left, right)))
}

const match = (left: Host, right: Host): boolean => {
  let agree = false
  for (let index = Math.min(left.server.log.lastIndex, right.server.log.lastIndex); index > 0; index--) {
    const isSame = termAt(left, index) === termAt(right, index)
    if (agree && !isSame) return false
    agree ||= isSame
  }
  return true
}
