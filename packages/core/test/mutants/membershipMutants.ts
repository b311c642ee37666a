/**
 * Known-bad reducers, as in `mutants.ts`: bugs in what changes the configuration and in what it decides.
 */
import type { Property } from "../properties/property.ts"
import { type Mutant, mutant } from "./mutant.ts"

const changing = (breaks: Property, name: string, file: string, text: string, by: string): Mutant => ({
  ...mutant(breaks, name, file, text, by),
  changesMembers: true
})

const rules: ReadonlyArray<Mutant> = [
  changing(
    "ConfigurationSafety",
    "a leader changes the configuration again before the last change is committed",
    "settling.ts",
    "!isCommitted(server) || isToBeLeft(server)",
    "isToBeLeft(server)"
  ),
  changing(
    "ConfigurationSafety",
    "a leader changes the configuration before it has committed anything of its term",
    "membership.ts",
    "if (!Settling.hasCommittedOwn(server, role)) {",
    "if (false) {"
  ),
  changing(
    "ConfigurationSafety",
    "a configuration is in force once it is committed, not once it is appended",
    "membership.ts",
    "const { configuration } = Configurations.inForce(server.log.configurations)",
    "const { configuration } = Configurations.at(server.log.configurations, server.commitIndex)"
  ),
  changing(
    "ConfigurationSafety",
    "a configuration that is truncated stays in force",
    "log/configurations.ts",
    "configurations.filter(({ index }) => index < from)",
    "configurations"
  ),
  changing(
    "ConfigurationSafety",
    "a restart knows only the configurations in the tail of its log",
    "log/configurations.ts",
    "configurations.filter((entry) => entry.index > first.index)",
    'tail.filter((entry) => entry.kind === "Configuration" && entry.index > first.index)'
  ),
  changing(
    "ConfigurationSafety",
    "a joint configuration is left before it is committed",
    "settling.ts",
    "isToBeLeft(server) && isCommitted(server) && hasCommittedOwn(server, leader)",
    "isToBeLeft(server)"
  ),
  changing(
    "ConfigurationSafety",
    "any number of votes changes at once without a joint configuration",
    "configurationChange.ts",
    "movedVoters(configuration, next.configuration) > 1",
    "movedVoters(configuration, next.configuration) > 9"
  )
]

const quorums: ReadonlyArray<Mutant> = [
  changing(
    "QuorumStoresWhatIsCommitted",
    "the half to come commits alone",
    "quorum.ts",
    "return before < committed ? before : committed",
    "return committed"
  ),
  changing(
    "ElectionSafety",
    "the half to come elects alone",
    "quorum.ts",
    'return before === "Won" ? outcome : before',
    "return outcome"
  ),
  changing(
    "QuorumStoresWhatIsCommitted",
    "what a learner stores counts",
    "quorum.ts",
    'if (role === "Voter") insert(reached, matchOf(id) ?? zero)',
    "insert(reached, matchOf(id) ?? zero)"
  ),
  changing(
    "QuorumStoresWhatIsCommitted",
    "a leader that is no voter counts itself",
    "commit.ts",
    "Quorum.committedIndex(server.configuration, (id) =>",
    "Quorum.committedIndex({ ...server.configuration, members: server.configuration.members.map((member, position) => position === 0 && !server.configuration.members.some((other) => other.id === self.id) ? { ...member, id: self.id } : member) }, (id) =>"
  )
]

const progress: ReadonlyArray<Mutant> = [
  changing(
    "Liveness",
    "nobody ends a joint configuration",
    "membership.ts",
    "return Settling.isLeaveDue(leading, role)",
    "return false"
  ),
  changing(
    "Liveness",
    "only the leader that began a joint configuration ends it",
    "election.ts",
    "settling: Settling.begin(server, [])",
    "settling: undefined"
  ),
  changing(
    "Liveness",
    "a leader without a vote leads on",
    "settling.ts",
    "isOutside(server) && isCommitted(server)",
    "false"
  ),
  changing(
    "Liveness",
    "who is to be removed campaigns no more, though only its log can win",
    "ballot.ts",
    "possible.some(({ configuration })",
    "possible.slice(-1).some(({ configuration })"
  ),
  changing(
    "Liveness",
    "a leader sends nothing to who joins in its term",
    "membership.ts",
    "const staying = Configuration.servers(configuration)",
    "const staying = Configuration.servers(before)"
  )
]

export const membershipMutants: ReadonlyArray<Mutant> = [...rules, ...quorums, ...progress]
