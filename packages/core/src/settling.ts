/**
 * What a change of the configuration leaves to its leader (§6, thesis §4.2.2,
 * §4.3): to end a joint configuration, to go if it is no voter any more, and to
 * tell those who left.
 *
 * All of it begins when the configuration in force is committed, by whoever
 * leads then. A leader without any of it holds `undefined`, so that the
 * question costs nothing.
 */
import * as Configuration from "./configuration.ts"
import * as Configurations from "./log/configurations.ts"
import type { Departure, Leader, Settling } from "./role.ts"
import type { Server } from "./server.ts"

/** What is left to see to with the configuration in force. */
export const begin = (server: Server, departing: ReadonlyArray<Departure>): Settling | undefined =>
  departing.length > 0 || isToBeLeft(server) || isOutside(server) ? { departing } : undefined

/** Whether the last change is not finished: an entry of a leader's own term has to commit it, or it has to be left. */
export const isUnfinished = (server: Server): boolean => !isCommitted(server) || isToBeLeft(server)

/** Whether the configuration in force is known to be committed. */
export const isCommitted = ({ commitIndex, log }: Server): boolean =>
  Configurations.inForce(log.configurations).index <= commitIndex

/** Whether this leader has committed an entry of its own term: what came before it can no longer change (§5.4.2). */
export const hasCommittedOwn = ({ commitIndex }: Server, { tenure }: Leader): boolean =>
  commitIndex > tenure.lastIndexBefore

/** Whether something has to be done at the end of this turn. */
export const isDue = (server: Server, leader: Leader): boolean =>
  isLeaveDue(server, leader) || isResignationDue(server)

/** The joint configuration is committed, and so is something of this leader: the half to come may decide alone. */
export const isLeaveDue = (server: Server, leader: Leader): boolean =>
  isToBeLeft(server) && isCommitted(server) && hasCommittedOwn(server, leader)

/** This server leads only until the configuration without its vote is committed. */
export const isResignationDue = (server: Server): boolean => isOutside(server) && isCommitted(server)

const isToBeLeft = ({ configuration }: Server): boolean => configuration.outgoing?.autoLeave === true

const isOutside = ({ configuration, self }: Server): boolean => !Configuration.isVoter(configuration, self.id)
