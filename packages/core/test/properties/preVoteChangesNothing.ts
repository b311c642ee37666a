import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

/**
 * Asking whether one could win, and saying yes, leaves term, vote, log and role where they are, here and on
 * disk (thesis §9.6): a server that cannot win disturbs nobody, however often it asks.
 */
export const preVoteChangesNothing = (): Observer => ({
  stepped: (step) => {
    const { after, event } = step
    if (event._tag === "MessageReceived" && event.message._tag === "PreVoteRequest") {
      checkSame(step, "was asked in advance")
      // A leader whose clock is seen to go back forgets its dates, whatever it is told.
      const { role } = after.now > event.at && after.role._tag === "Leader" ? step.before : after
      check(role === step.before.role, property, () => `${step.host.id} gives time to who only asks`)
      return
    }
    // Who adopts a newer term, votes or follows is a pre-candidate no longer.
    if (after.role._tag === "PreCandidate") checkSame(step, "asks in advance")
  }
})

const property = "PreVoteChangesNothing"

const checkSame = ({ after, before, event, host, outputs }: Stepped, what: string): void => {
  const detail = () => `${host.id} ${what} (${event._tag}) and changed`
  check(after.currentTerm === before.currentTerm, property, () => `${detail()} its term`)
  check(after.votedFor === before.votedFor, property, () => `${detail()} its vote`)
  // What memory and snapshots keep of the log may change at any time; where it ends may not.
  const isSameEnd = after.log.lastIndex === before.log.lastIndex && after.log.lastTerm === before.log.lastTerm
  check(isSameEnd, property, () => `${detail()} its log`)
  check(!outputs.some(({ _tag }) => _tag === "Write"), property, () => `${detail()} its disk`)
}
