/**
 * Reducers with one bug each in what they do with configurations, and the property that each breaks.
 */
import { Configurations, type Event, logIndex, type Server, step, type Transition } from "@effect-raft/core"
import type { Property, Step } from "../../src/simulation/simulation.ts"

export interface MembershipMutant {
  readonly name: string
  readonly property: Property
  readonly step: Step
}

/** The step as if this had been the server; what `restore` says is put right afterwards. */
const asIf =
  (
    change: (server: Server) => Server,
    restore: (after: Server, before: Server) => Server,
    isMeant: (event: Event) => boolean
  ): Step =>
  (server, event): Transition => {
    if (!isMeant(event)) return step(server, event)
    const [after, outputs] = step(change(server), event)
    return [restore(after, server), outputs]
  }

const isRequest = (event: Event): boolean => event._tag === "ConfigurationChangeRequested"

const afterwards =
  (change: (after: Server, before: Server) => Server): Step =>
  (server, event) => {
    const [after, outputs] = step(server, event)
    return [change(after, server), outputs]
  }

const inForceAt = ({ log }: Server): number => Configurations.inForce(log.configurations).index

export const membershipMutants: ReadonlyArray<MembershipMutant> = [
  {
    name: "a leader changes members before it has committed anything of its own",
    property: "ConfigurationSafety",
    step: asIf(
      (server) =>
        server.role._tag === "Leader"
          ? {
              ...server,
              role: { ...server.role, tenure: { ...server.role.tenure, lastIndexBefore: logIndex(0) } }
            }
          : server,
      (after, { role }) =>
        after.role._tag === "Leader" && role._tag === "Leader"
          ? { ...after, role: { ...after.role, tenure: role.tenure } }
          : after,
      isRequest
    )
  },
  {
    name: "a second change does not wait for the first to be committed",
    property: "ConfigurationSafety",
    step: asIf(
      (server) => ({ ...server, commitIndex: server.log.lastIndex }),
      (after, { commitIndex }) => ({ ...after, commitIndex }),
      isRequest
    )
  },
  {
    name: "nobody compares before a change",
    property: "ConfigurationSafety",
    step: (server, event) =>
      step(
        server,
        event._tag === "ConfigurationChangeRequested" ? { ...event, expectedIndex: undefined } : event
      )
  },
  {
    name: "a configuration that was truncated stays in force",
    property: "ConfigurationSafety",
    step: afterwards((after, before) =>
      inForceAt(after) < inForceAt(before) ? { ...after, configuration: before.configuration } : after
    )
  },
  {
    name: "a snapshot that is put in place leaves the old configuration in force",
    property: "ConfigurationSafety",
    step: afterwards((after, before) =>
      after.log.lastIncludedIndex > before.log.lastIndex
        ? { ...after, configuration: before.configuration }
        : after
    )
  },
  {
    name: "a joint configuration is never left",
    property: "ReplicasConverge",
    step: afterwards((after) =>
      after.role._tag === "Leader" ? { ...after, role: { ...after.role, settling: undefined } } : after
    )
  }
]
