/**
 * Quorums over the configurations of a trace (§6): a majority, or one of each
 * half where two decide.
 */
import { demand } from "./rejection.ts"
import type { ServerModel } from "./ServerModel.ts"
import type { TracedConfiguration, TracedEntry, TracedMember } from "./traceLine.ts"

/** What each configuration entry holds, by its place: learned where a leader appends it. */
export class Configurations {
  private readonly known = new Map<string, TracedConfiguration>()

  learn(entry: TracedEntry, configuration: TracedConfiguration): void {
    this.known.set(placeOf(entry), configuration)
  }

  /** Those that may be the cluster's, oldest first: the last one that is known to be committed, and all after it. */
  possible({
    bootstrap,
    commitIndex,
    configurationIndexes,
    log
  }: ServerModel): ReadonlyArray<TracedConfiguration> {
    const last = configurationIndexes.findLastIndex((index) => index <= commitIndex)
    const open = configurationIndexes.slice(Math.max(0, last)).map((index) => this.of(log[index - 1]!))
    return last === -1 ? [bootstrap, ...open] : open
  }

  /** The last one in its log, else the one it began with. */
  inForce({ bootstrap, configurationIndexes, log }: ServerModel): TracedConfiguration {
    const last = configurationIndexes.at(-1)
    return last === undefined ? bootstrap : this.of(log[last - 1]!)
  }

  private of(entry: TracedEntry): TracedConfiguration {
    const configuration = this.known.get(placeOf(entry))
    demand(configuration !== undefined, "ChangeConf", `nobody appended a configuration at ${placeOf(entry)}`)
    return configuration
  }
}

const placeOf = ({ index, term }: TracedEntry): string => `index ${index}, term ${term}`

/** Who votes, in whichever half. */
export const isVoter = ({ members, outgoing }: TracedConfiguration, id: string): boolean =>
  votersOf(members).includes(id) || (outgoing !== null && votersOf(outgoing).includes(id))

/** Whether a quorum has it, whatever it is. */
export const isQuorum = ({ members, outgoing }: TracedConfiguration, has: (id: string) => boolean): boolean =>
  isMajority(votersOf(members), has) && (outgoing === null || isMajority(votersOf(outgoing), has))

const isMajority = (voters: ReadonlyArray<string>, has: (id: string) => boolean): boolean =>
  voters.filter(has).length * 2 > voters.length

const votersOf = (members: ReadonlyArray<TracedMember>): ReadonlyArray<string> =>
  members.filter(({ role }) => role === "Voter").map(({ id }) => id)

/** Whether one configuration may follow on another: any two quorums of them meet (§6, thesis §4.1, §4.3). */
export const mayFollow = (before: TracedConfiguration, after: TracedConfiguration): boolean => {
  const [old, next] = [votersOf(before.members), votersOf(after.members)]
  if (next.length === 0) return false
  if (before.outgoing !== null) return after.outgoing === null && areEqual(old, next)
  if (after.outgoing !== null) return areEqual(votersOf(after.outgoing), old)
  const changed = [...old.filter((id) => !next.includes(id)), ...next.filter((id) => !old.includes(id))]
  return changed.length <= 1
}

const areEqual = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): boolean =>
  left.length === right.length && left.every((id) => right.includes(id))

export const areSame = (left: TracedConfiguration, right: TracedConfiguration): boolean =>
  textOf(left) === textOf(right)

const textOf = ({ members, outgoing }: TracedConfiguration): string =>
  JSON.stringify([members, outgoing].map((half) => half?.map(({ id, role }) => `${id} ${role}`).toSorted()))
