/**
 * Known-bad reducers, as in `mutants.ts`: bugs in leases (thesis §6.4.1) and in reads of bounded staleness.
 */
import { type Mutant, mutant } from "./mutant.ts"

const byClocks = (name: string, file: string, text: string, by: string): Mutant => ({
  ...mutant("ReadsSeeTheCommitted", name, file, text, by),
  readsByClocks: true
})

const leases: ReadonlyArray<Mutant> = [
  byClocks(
    "a lease counts from when the promise arrives, not from when it was asked for (B23)",
    "lease.ts",
    "return round.sentAt + millis",
    "return server.now + millis"
  ),
  byClocks(
    "a lease takes nothing off for clocks that run faster",
    "lease.ts",
    "millis / (1 + clockDriftBound)",
    "millis"
  ),
  byClocks(
    "a leader reads by its lease before it has committed an entry of its term (B21)",
    "lease.ts",
    "Log.termAt(log, commitIndex) === currentTerm",
    "Log.termAt(log, commitIndex) !== undefined"
  ),
  byClocks(
    "a lease outlives the order to campaign",
    "lease.ts",
    "leader.transfer === undefined &&\n  !leader.mayBeSucceeded",
    "leader.progress.length > 0"
  ),
  byClocks(
    "a lease never ends",
    "lease.ts",
    "server.now < heldUntil(server, leader)",
    "heldUntil(server, leader) > 0"
  ),
  byClocks(
    "a clock that went back is trusted again at once",
    "step.ts",
    "if (event.at < server.now) return stepBack(server, event)",
    ""
  )
]

const staleReads: ReadonlyArray<Mutant> = [
  byClocks(
    "what a heartbeat tells is dated by its arrival",
    "freshness.ts",
    "const freshAt = news.commitIndex === 0 ? -Infinity : led",
    "const freshAt = news.commitIndex === 0 ? -Infinity : server.now"
  ),
  byClocks(
    "a heartbeat counts as sent after every earlier one, answered or not",
    "freshness.ts",
    "news.answeredBy === server.self.incarnation ? latest(beats, term, news.answered) : undefined",
    "latest(beats, term, request.sequence)"
  ),
  byClocks(
    "what this server may commit stands for all that is committed",
    "freshness.ts",
    "    freshAt,\n    commitIndex: news.commitIndex",
    "    freshAt,\n    commitIndex: request.leaderCommit"
  ),
  byClocks(
    "a new leader counts as knowing all that was committed before it",
    "freshness.ts",
    'role._tag === "Leader" && Lease.knowsCommitted(server) ?',
    'role._tag === "Leader" ?'
  )
]

export const leaseMutants: ReadonlyArray<Mutant> = [...leases, ...staleReads]
