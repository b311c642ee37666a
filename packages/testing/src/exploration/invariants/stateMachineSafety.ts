/**
 * StateMachineSafety: no server holds as committed anything but what was committed there (§5.4.3, Figure 3).
 */
import type { History } from "../history.ts"
import type { Host } from "../host.ts"
import { type Invariant, termAt } from "./invariant.ts"

export const stateMachineSafety: Invariant = {
  name: "StateMachineSafety",
  holdsIn: ({ history, hosts }) => hosts.every((host) => holdsCommitted(host, history))
}

const holdsCommitted = (host: Host, { committed }: History): boolean => {
  const { commitIndex } = host.server
  if (commitIndex > committed.length) return false
  for (let index = 1; index <= commitIndex; index++) {
    if (termAt(host, index) !== committed[index - 1]!.term) return false
  }
  return true
}
