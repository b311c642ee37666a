/**
 * S15: everybody goes by the last configuration in the own log, committed or not
 * (§6), read here from the disk. A leader appends one only when the one before
 * is committed and so is an entry of its own term (thesis §4.1), and none that
 * could decide anything behind the back of the one before. Who asked for a
 * change of one configuration does not change another.
 */
import { type Configuration, encodeConfiguration, type Event, type Output } from "@effect-raft/core"
import type { Change, Observer } from "../observer.ts"
import type { Seat } from "../Seat.ts"
import { check } from "../violation.ts"
import type { StoredConfiguration } from "../VirtualDisk.ts"
import { isQuorum } from "./quorumOf.ts"

const property = "ConfigurationSafety"

export const configurationSafety = (): Observer => {
  /** By seat, what its disk named last. */
  const known: Array<StoredConfiguration | undefined> = []
  return {
    logChanged: (change) => {
      const { after, outputs, seat } = change
      const before = known[seat.position]
      const stored = seat.disk.configurationIn(seat.disk.issued)
      known[seat.position] = stored
      checkInForce(seat, after.configuration, stored)
      if (after.role._tag !== "Leader" || before === undefined || stored.index === before.index) return
      const isAppended = outputs.some(
        (output) => output._tag === "Write" && output.entries.some(({ index }) => index === stored.index)
      )
      if (isAppended) checkAppended(change, before, stored)
    },
    restarted: (seat) => {
      const stored = seat.disk.configurationIn(seat.disk.durable)
      known[seat.position] = stored
      checkInForce(seat, seat.server!.configuration, stored)
    }
  }
}

const checkInForce = (
  { id }: Seat,
  inForce: Configuration.Configuration,
  { configuration, index }: StoredConfiguration
): void =>
  check(
    isSameConfiguration(inForce, configuration),
    property,
    () => `${id} does not go by its last configuration, that of ${index}`
  )

const checkAppended = (
  { before, event, outputs, seat }: Change,
  last: StoredConfiguration,
  next: StoredConfiguration
): void => {
  const what = () => `${seat.id} appends a configuration at ${next.index}`
  check(
    last.index <= before.commitIndex,
    property,
    () => `${what()} before that at ${last.index} is committed`
  )
  const committed = seat.disk.termAt(seat.disk.issued, before.commitIndex)
  check(
    committed === before.currentTerm,
    property,
    () => `${what()} before it has committed anything of term ${before.currentTerm}`
  )
  const apart = disjointQuorums(last.configuration, next.configuration)
  check(apart === undefined, property, () => `${what()}: ${apart} and the others would both decide`)
  const expected = expectedIndex(event, outputs)
  check(
    expected === undefined || expected === last.index,
    property,
    () => `${what()} in place of that at ${last.index}, asked was to replace that at ${expected}`
  )
}

/** The index that somebody compared with, if it is that request that was granted. */
const expectedIndex = (event: Event, outputs: ReadonlyArray<Output>): number | undefined => {
  if (event._tag !== "ConfigurationChangeRequested") return undefined
  const isGranted = outputs.some(
    (output) => output._tag === "AnswerConfigurationChange" && output.result._tag === "Appended"
  )
  return isGranted ? event.expectedIndex : undefined
}

/** Voters that decide in one of these while all others together decide in the other. Few enough to try all. */
const disjointQuorums = (
  left: Configuration.Configuration,
  right: Configuration.Configuration
): string | undefined => {
  const members = [left, right].flatMap(({ members, outgoing }) => [...members, ...(outgoing?.members ?? [])])
  const ids = [...new Set(members.filter(({ role }) => role === "Voter").map(({ id }) => id))]
  for (let subset = 0; subset < 2 ** ids.length; subset++) {
    const isIn = (id: string) => (subset & (1 << ids.findIndex((candidate) => candidate === id))) !== 0
    if (!isQuorum(left, isIn) || !isQuorum(right, (id) => ids.includes(id) && !isIn(id))) continue
    return ids.filter(isIn).join(" and ")
  }
  return undefined
}

/** Whether two configurations are written down with the same bytes. */
export const isSameConfiguration = (
  left: Configuration.Configuration,
  right: Configuration.Configuration
): boolean => left === right || encodeConfiguration(left).join() === encodeConfiguration(right).join()
