/**
 * Changes of the configuration (§6; thesis chapter 4): from the request to the
 * day nothing is left of the change.
 *
 * A configuration is an entry of the log, and each server goes by the last one
 * that its log holds. A leader appends one at a time, each after it has
 * committed something of its own term, or two leaders could each decide by a
 * majority that the other does not know (the bug of 2015 in single changes).
 */
import { encodeConfiguration } from "./codec/configurationCodec.ts"
import * as Configuration from "./configuration.ts"
import { changeConfiguration, changeFor } from "./configurationChange.ts"
import * as Contact from "./contact.ts"
import { becomeFollower } from "./election.ts"
import type { ConfigurationChangeRequested } from "./event.ts"
import { logIndex, sequence, type ServerId, writeId } from "./ids.ts"
import { invariant } from "./invariant.ts"
import * as Configurations from "./log/configurations.ts"
import { logTime } from "./logTime.ts"
import { ensureOwnEntry } from "./noOp.ts"
import type { AnswerConfigurationChange, ConfigurationChangeAnswer } from "./output.ts"
import * as Progress from "./progress.ts"
import type { Departure, Leader } from "./role.ts"
import { leaderId, type Server } from "./server.ts"
import * as Settling from "./settling.ts"
import { abandonTransfer, tellToCampaign } from "./transfer.ts"
import { added, type Transition, unchanged } from "./transition.ts"
import { writeLog } from "./writes.ts"

/** Appends another configuration, or says why not. */
export const requestConfigurationChange = (
  server: Server,
  event: ConfigurationChangeRequested
): Transition => {
  const { role } = server
  if (role._tag !== "Leader") {
    return [server, [answer(event, { _tag: "NotLeader", leaderId: leaderId(server) })]]
  }
  if (!Settling.hasCommittedOwn(server, role)) {
    const [readying, outputs] = ensureOwnEntry(server, role)
    return [readying, added(outputs, answer(event, { _tag: "NoOwnEntryCommitted" }))]
  }
  const obstacle = obstacleTo(server, role, event)
  if (obstacle !== undefined) return [server, [answer(event, obstacle)]]

  const next = changed(server.configuration, event.change)
  if (next._tag === "ConfigurationChangeError") {
    return [server, [answer(event, { _tag: "Refused", error: next })]]
  }
  const behind = firstNotCaughtUp(server, role, next.configuration)
  if (behind !== undefined) return [server, [answer(event, { _tag: "NotCaughtUp", id: behind })]]

  const [changing, outputs] = appendConfiguration(server, role, next.configuration)
  const { lastIndex, lastTerm } = changing.log
  return [changing, added(outputs, answer(event, { _tag: "Appended", index: lastIndex, term: lastTerm }))]
}

const answer = (
  { id }: ConfigurationChangeRequested,
  result: ConfigurationChangeAnswer
): AnswerConfigurationChange => ({ _tag: "AnswerConfigurationChange", after: writeId(0), id, result })

/** What forbids any change now. */
const obstacleTo = (
  server: Server,
  { transfer }: Leader,
  { expectedIndex }: ConfigurationChangeRequested
): ConfigurationChangeAnswer | undefined => {
  const { index } = Configurations.inForce(server.log.configurations)
  if (expectedIndex !== undefined && expectedIndex !== index) return { _tag: "IndexMismatch", index }
  if (Settling.isUnfinished(server)) return { _tag: "ChangeInProgress", index }
  // The target of a transfer has to get everything, and nothing new meanwhile.
  return transfer === undefined ? undefined : { _tag: "TransferInProgress", target: transfer.target }
}

const changed = (
  configuration: Configuration.Configuration,
  change: ConfigurationChangeRequested["change"]
): ReturnType<typeof changeConfiguration> =>
  changeConfiguration(
    configuration,
    change._tag === "Simplest" ? changeFor(configuration, change.changes) : change
  )

/**
 * The first server that would begin to vote without having the log (thesis
 * §4.2.1): its vote would count in every majority, and it could give none.
 *
 * Near the end is not enough: who has come to no configuration yet gives no vote
 * at all (`Ballot.hasVote`). That in force is committed, so who has it keeps one.
 */
const firstNotCaughtUp = (
  server: Server,
  leader: Leader,
  next: Configuration.Configuration
): ServerId | undefined => {
  const { configuration, log, self } = server
  const { index } = Configurations.inForce(log.configurations)
  const needed = Math.max(index, log.lastIndex - self.options.promotionLagEntriesMax)
  return Configuration.voters(next).find((id) => {
    if (id === self.id || Configuration.isVoter(configuration, id)) return false
    const peer = leader.progress[Progress.positionOf(leader.progress, id)]
    return (
      !Configuration.isLearner(configuration, id) ||
      peer === undefined ||
      peer.mode !== "Replicate" ||
      peer.matchIndex < needed ||
      !Contact.isPresent(server, leader, peer.answered)
    )
  })
}

const appendConfiguration = (
  server: Server,
  leader: Leader,
  configuration: Configuration.Configuration
): Transition => {
  invariant(Settling.isCommitted(server), "ConfigurationSafety")
  const index = logIndex(server.log.lastIndex + 1)
  const time = logTime(server, leader)
  const payload = encodeConfiguration(configuration)
  const entry = { index, term: server.currentTerm, kind: "Configuration" as const, time, payload }
  const { log, write, writes } = writeLog(server, { truncateFrom: undefined, entries: [entry] })
  return [{ ...server, log, writes }, [write]]
}

/** Whoever changed the log, the last configuration in it is in force. `step` holds this against the result of every event. */
export const adoptConfiguration = (transition: Transition): Transition => {
  const server = transition[0]
  const { configuration } = Configurations.inForce(server.log.configurations)
  return configuration === server.configuration ? transition : adopt(transition, configuration)
}

const adopt = ([server, outputs]: Transition, configuration: Configuration.Configuration): Transition => {
  const adopting = { ...server, configuration }
  const { role } = server
  if (role._tag !== "Leader") return [adopting, outputs]

  const abandoned = abandonTransfer(adopting, role)
  const leading: Leader = {
    ...role,
    ...peersAfterChange(server, role, configuration),
    contact: Contact.restarted(server, role),
    transfer: abandoned === undefined ? role.transfer : undefined
  }
  const settling = Settling.begin(adopting, leading.settling?.departing ?? [])
  return [
    { ...adopting, role: { ...leading, settling } },
    abandoned === undefined ? outputs : added(outputs, abandoned)
  ]
}

/** Progress for everybody in the new configuration, and for those that it leaves out. */
const peersAfterChange = (
  { configuration: before, lastSequence, log, self }: Server,
  leader: Leader,
  configuration: Configuration.Configuration
): Pick<Leader, "progress" | "settling"> => {
  const { index } = Configurations.inForce(log.configurations)
  const known = (id: ServerId) => leader.progress.find((peer) => peer.id === id)
  const staying = Configuration.servers(configuration)
    .filter(({ id }) => id !== self.id)
    .map(({ id }) => {
      // Who comes back after it left is somebody new: its storage may be, too.
      const peer = Configuration.find(before, id) === undefined ? undefined : known(id)
      return peer ?? Progress.make(id, logIndex(log.lastIndex + 1), lastSequence)
    })
  const isGone = ({ id }: { readonly id: ServerId }) => Configuration.find(configuration, id) === undefined
  const departing: ReadonlyArray<Departure> = [
    ...(leader.settling?.departing ?? []).filter(isGone),
    ...Configuration.servers(before)
      .filter((member) => member.id !== self.id && isGone(member))
      .map(({ id }) => ({ id, index, until: Infinity }))
  ]
  const leaving = departing.flatMap(({ id }) => known(id) ?? [])
  return { progress: [...staying, ...leaving], settling: { departing } }
}

/** At the end of a turn, before anything is sent: ends a joint configuration that is committed, and departures that are over. */
export const settle = (server: Server, leader: Leader): Transition => {
  if (leader.settling === undefined) return unchanged(server)
  const role = server.now < leader.heartbeatAt ? leader : withDepartures(server, leader)
  const leading = role === leader ? server : { ...server, role }
  return Settling.isLeaveDue(leading, role)
    ? appendConfiguration(leading, role, { members: leading.configuration.members })
    : unchanged(leading)
}

/**
 * Once a round: who was removed hears of it for one shortest election timeout
 * after that is committed. Whoever misses it then campaigns in vain.
 */
const withDepartures = (server: Server, leader: Leader): Leader => {
  const { commitIndex, now, self } = server
  const before = leader.settling?.departing ?? []
  if (before.length === 0) return leader
  const departing = before
    .filter(({ until }) => now < until)
    .map((departure) =>
      departure.until === Infinity && departure.index <= commitIndex
        ? { ...departure, until: now + self.options.electionTimeoutMin }
        : departure
    )
  const isOver = (id: ServerId) =>
    before.some((departure) => departure.id === id) && !departing.some((departure) => departure.id === id)
  const progress = leader.progress.filter(({ id }) => !isOver(id))
  return { ...leader, progress, settling: Settling.begin(server, departing) }
}

/**
 * A leader that is no voter has led until its configuration was committed, and
 * goes when it has told so (thesis §4.2.2). The voter with the longest log takes
 * over at once.
 */
export const resign = (server: Server, leader: Leader): Transition => {
  if (leader.settling === undefined || !Settling.isResignationDue(server)) return unchanged(server)
  const voters = leader.progress.filter(({ id }) => Configuration.isVoter(server.configuration, id))
  const furthest = Math.max(...voters.map(({ matchIndex }) => matchIndex))
  const heir = voters.find(({ matchIndex }) => matchIndex === furthest)
  invariant(heir !== undefined, "a committed configuration has a voter")
  const lastSequence = sequence(server.lastSequence + 1)
  const order = tellToCampaign(server, heir.id, lastSequence)
  return [becomeFollower({ ...server, lastSequence }, undefined), [order]]
}
