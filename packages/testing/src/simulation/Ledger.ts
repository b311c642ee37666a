/**
 * What an all-seeing observer remembers of a run: every commitment and every
 * leader. Checkers hold what servers do against it, so it listens first.
 */
import { type Configuration, decodeConfiguration, type ServerId, type Term } from "@effect-raft/core"
import { payloadNumber } from "./KvMachine.ts"
import type { Change, Observer } from "./observer.ts"
import type { Seat } from "./Seat.ts"
import type { StoredConfiguration } from "./VirtualDisk.ts"

export interface Commitment {
  readonly index: number
  readonly term: Term
  /** The operation that the entry names; 0 for none. */
  readonly operation: number
  /** `currentTerm` of whoever committed it first, and its name. */
  readonly inTerm: Term
  readonly by: ServerId
}

export class Ledger implements Observer {
  /** By index, as first committed anywhere; position 0 stays empty. */
  readonly committed: Array<Commitment | undefined> = [undefined]
  /** The terms alone, 0 where nothing is known: for scans of everything. */
  readonly terms: Array<number> = [0]
  /** Where each term was led. */
  readonly leaders = new Map<Term, Seat>()
  /** Bootstrap's configuration, then those committed, in the order of the log. */
  readonly configurations: Array<StoredConfiguration>

  constructor(bootstrap: Configuration.Configuration) {
    this.configurations = [{ index: 0, configuration: bootstrap }]
  }

  readonly roleChanged = ({ after, seat }: Change): void => {
    if (after.role._tag === "Leader" && !this.leaders.has(after.currentTerm)) {
      this.leaders.set(after.currentTerm, seat)
    }
  }

  readonly commitChanged = ({ after, before, seat }: Change): void => {
    for (let index = before.commitIndex + 1; index <= after.commitIndex; index++) {
      if (this.committed[index] !== undefined) continue
      const entry = seat.disk.entryAt(seat.disk.issued, index)
      while (this.terms.length <= index) this.terms.push(0)
      if (entry === undefined) continue
      this.terms[index] = entry.term
      this.committed[index] = {
        index,
        term: entry.term,
        operation: payloadNumber(entry.payload),
        inTerm: after.currentTerm,
        by: seat.id
      }
      if (entry.kind !== "Configuration") continue
      const decoded = decodeConfiguration(entry.payload)
      if (decoded._tag === "Ok") this.configurations.push({ index, configuration: decoded.value })
    }
  }

  /** The last committed configuration at or below an index. */
  configurationAt(through: number): StoredConfiguration {
    return this.configurations.findLast(({ index }) => index <= through)!
  }

  /** The seat that still leads this term. */
  leaderOf(term: Term): Seat | undefined {
    const seat = this.leaders.get(term)
    const server = seat?.server
    return server?.role._tag === "Leader" && server.currentTerm === term ? seat : undefined
  }
}
