/**
 * What an election and the question before it (PreVote) have in common: who may
 * campaign, whose log is good enough, and counting answers.
 */
import * as Configuration from "./configuration.ts"
import { type LogIndex, type Sequence, sequence, type ServerId, type Term } from "./ids.ts"
import * as Configurations from "./log/configurations.ts"
import * as Quorum from "./quorum.ts"
import type { Ballot, Vote } from "./role.ts"
import { electionTimeout, type Server } from "./server.ts"
import { isStalled } from "./writes.ts"

export const open = (server: Server): Ballot => ({
  votes: [],
  electionDeadline: server.now + electionTimeout(server),
  retryAt: server.now + server.self.options.heartbeatInterval,
  sequenceBefore: server.lastSequence
})

/**
 * Whether this server may campaign: it votes, and its storage is its own and answers. With a
 * stuck disk it could win and then commit nothing.
 *
 * Who was a voter campaigns on, without counting itself, until it knows that the
 * configuration without it is committed: until then it may be the only one
 * whose log can win (§4.2.2 of the thesis).
 */
export const canCampaign = (server: Server): boolean => {
  const { commitIndex, log, self } = server
  const possible = Configurations.possible(log.configurations, commitIndex)
  return (
    possible.some(({ configuration }) => Configuration.isVoter(configuration, self.id)) &&
    !isStalled(server) &&
    hasOwnStorage(server)
  )
}

/**
 * Whether this server has a vote to give: not before it knows whose cluster it is in, nor with another storage than
 * that cluster knows it by. Who comes back with empty storage has forgotten its votes and the entries it
 * acknowledged, and would help to elect a leader without them.
 */
export const hasVote = (server: Server): boolean =>
  server.configuration.members.length > 0 && hasOwnStorage(server)

const hasOwnStorage = ({ configuration, self }: Server): boolean => {
  const pinned = Configuration.find(configuration, self.id)?.storageId ?? ""
  return pinned === "" || self.storageId === undefined || pinned === self.storageId
}

/** §5.4.1: the later last term wins, then the longer log. */
export const isUpToDate = (
  { log }: Server,
  candidate: { readonly lastLogIndex: LogIndex; readonly lastLogTerm: Term }
): boolean =>
  candidate.lastLogTerm > log.lastTerm ||
  (candidate.lastLogTerm === log.lastTerm && candidate.lastLogIndex >= log.lastIndex)

/** Every other voter that has not answered, each with the number of the request to make. */
export const unanswered = (
  server: Server,
  { votes }: Ballot
): ReadonlyArray<{ readonly to: ServerId; readonly sequence: Sequence }> =>
  Configuration.voters(server.configuration)
    .filter((id) => id !== server.self.id && !votes.some(({ from }) => from === id))
    .map((to, position) => ({ to, sequence: sequence(server.lastSequence + 1 + position) }))

/** The answers with this one, or `undefined` if it belongs to an earlier attempt or came before. */
export const withVote = (
  { sequenceBefore, votes }: Ballot,
  answer: Vote & { readonly sequence: Sequence }
): ReadonlyArray<Vote> | undefined =>
  answer.sequence <= sequenceBefore || votes.some(({ from }) => from === answer.from)
    ? undefined
    : [...votes, { from: answer.from, voteGranted: answer.voteGranted }]

/** What the answers come to; `ownVote` is `undefined` until it counts. */
export const outcome = (server: Server, { votes }: Ballot, ownVote: true | undefined): Quorum.VoteOutcome =>
  Quorum.voteOutcome(server.configuration, (id) =>
    id === server.self.id ? ownVote : votes.find(({ from }) => from === id)?.voteGranted
  )
