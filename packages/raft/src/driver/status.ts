/**
 * Views of a server's state for people and metrics.
 */
import { Configurations, leaderId, type Server } from "@effect-raft/core"
import type { Change, Status } from "../raftServerModel.ts"

export const changeOf = (server: Server): Change => ({
  role: server.role._tag,
  term: server.currentTerm,
  leader: leaderId(server),
  commitIndex: server.commitIndex
})

export const isSameChange = (before: Change, after: Change): boolean =>
  before.commitIndex === after.commitIndex &&
  before.term === after.term &&
  before.role === after.role &&
  before.leader === after.leader

export const statusOf = (server: Server): Status => ({
  ...changeOf(server),
  id: server.self.id,
  lastApplied: server.apply.lastApplied,
  lastIndex: server.log.lastIndex,
  configurationIndex: Configurations.inForce(server.log.configurations).index,
  members: server.configuration.members.map(({ address, id, role }) => ({ id, role, address })),
  outgoing: server.configuration.outgoing?.members.map(({ id }) => id) ?? [],
  peers:
    server.role._tag === "Leader"
      ? server.role.progress.map(({ id, matchIndex, nextIndex }) => ({ id, matchIndex, nextIndex }))
      : []
})
