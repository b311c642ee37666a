/**
 * Bugs in what changes the configuration and in what it decides (§6, thesis chapter 4).
 */
import { inArea, type Mutant } from "./mutant.ts"

const area = inArea("configuration")

/** Members change in every run, not only in some. */
const faults = ["membership", "partition", "crash", "transfer", "loss"]

const bug = (...planted: Parameters<typeof area.bug>): Mutant => ({ ...area.bug(...planted), faults })

const rules: ReadonlyArray<Mutant> = [
  bug(["ConfigurationSafety"], "a configuration is changed again before the last change is committed", [
    "settling.ts",
    "!isCommitted(server) || isToBeLeft(server)",
    "isToBeLeft(server)"
  ]),
  bug(["ConfigurationSafety"], "a configuration is changed before anything of the term is committed", [
    "membership.ts",
    "if (!Settling.hasCommittedOwn(server, role)) {",
    "if (server.now < 0) {"
  ]),
  bug(["ConfigurationSafety"], "a configuration is in force once it is committed, not once it is appended", [
    "membership.ts",
    "const { configuration } = Configurations.inForce(server.log.configurations)",
    "const { configuration } = Configurations.at(server.log.configurations, server.commitIndex)"
  ]),
  bug(["ConfigurationSafety"], "a configuration that is truncated stays in force", [
    "log/configurations.ts",
    "configurations.filter(({ index }) => index < from)",
    "configurations"
  ]),
  bug(["ConfigurationSafety"], "a restart knows only the snapshot's configuration", [
    "log/configurations.ts",
    "configurations.filter((entry) => entry.index > first.index)",
    "configurations.filter((entry) => entry.index > first.index && entry.index < 0)"
  ]),
  bug(["ConfigurationSafety"], "a joint configuration is left before it is committed", [
    "settling.ts",
    "isToBeLeft(server) && isCommitted(server) && hasCommittedOwn(server, leader)",
    "isToBeLeft(server) && hasCommittedOwn(server, leader)"
  ])
]

const quorums: ReadonlyArray<Mutant> = [
  bug(["QuorumStoresCommitted"], "the half to come commits alone", [
    "quorum.ts",
    "return before < committed ? before : committed",
    "return committed"
  ]),
  bug(["ElectionSafety"], "the half to come elects alone", [
    "quorum.ts",
    'return before === "Won" ? outcome : before',
    "return outcome"
  ]),
  bug(["QuorumStoresCommitted"], "what a learner stores counts", [
    "quorum.ts",
    'if (role === "Voter") insert',
    'if (role !== "Witness") insert'
  ])
]

const endings: ReadonlyArray<Mutant> = [
  bug(["ReplicasConverge"], "nobody ends a joint configuration", [
    "membership.ts",
    "return Settling.isLeaveDue(leading, role)",
    "return Settling.isLeaveDue(leading, role) && leading.now < 0"
  ]),
  bug(["ReplicasConverge"], "only the leader that began a joint configuration ends it", [
    "election.ts",
    "settling: Settling.begin(server, [])",
    "settling: undefined"
  ]),
  bug(["ReplicasConverge"], "a learner without a configuration is promoted", [
    "membership.ts",
    "Math.max(index, log.lastIndex - self.options.promotionLagEntriesMax)",
    "Math.max(0 * index, log.lastIndex - self.options.promotionLagEntriesMax)"
  ]),
  bug(["ReplicasConverge"], "a leader sends nothing to who joins in its term", [
    "membership.ts",
    "const staying = Configuration.servers(configuration)",
    "const staying = Configuration.servers(before)"
  ])
]

export const configurations: ReadonlyArray<Mutant> = [...rules, ...quorums, ...endings]
