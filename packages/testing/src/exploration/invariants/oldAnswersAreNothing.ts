/**
 * OldAnswersAreNothing: an answer of an older term than the one on its receiver's disk changes nothing
 * (§5.1). The search relies on it: it takes states for one that differ in such answers alone.
 */
import { hostText } from "../canonicalText.ts"
import type { Host } from "../host.ts"
import { normalHost, normalMessage } from "../normalForm.ts"
import { nothingFrom } from "../oldAnswer.ts"
import type { Invariant } from "./invariant.ts"

export const oldAnswersAreNothing: Invariant = {
  name: "OldAnswersAreNothing",
  holdsAcross: ({ action, after, before, sent }) => {
    if (action._tag !== "Deliver") return true
    if (before.disk.hardState.currentTerm < nothingFrom(normalMessage(action.message))) return true
    const isSame = after.server === before.server || textOf(after) === textOf(before)
    return isSame && sent.length === 0
  }
}

const textOf = (host: Host): string => hostText(normalHost(host), new Map())
