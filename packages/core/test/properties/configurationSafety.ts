import type { Server } from "../../src/server.ts"
import type { Write } from "../../src/output.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { canonical } from "../support/canonical.ts"
import { disjointMajorities, type Held, heldInMemory } from "../support/majorities.ts"
import { check } from "./property.ts"

/**
 * Everybody goes by the last configuration in the own log, committed or not, and by none that was truncated
 * (§6). A leader appends one only when the one before is committed, and something of its own term too
 * (thesis §4.1), and it shares a server between every majority of the old and every majority of the new.
 * A joint configuration is committed before it is left.
 */
export const configurationSafety = (): Observer => ({
  stepped: (step) => {
    const { after, before, cluster, host, outputs } = step
    if (after.log === before.log && after.configuration === before.configuration) return
    const held = heldInMemory(cluster, host, after)
    checkInForce(step, after, held.at(-1)!)
    if (after.role._tag !== "Leader") return
    for (const output of outputs) if (output._tag === "Write") checkAppended(step, held, output)
  },
  restarted: (cluster, host) => {
    const server = host.server!
    const expected = heldInMemory(cluster, host, server).at(-1)!
    const isSame = canonical(server.configuration) === canonical(expected.configuration)
    check(isSame, property, () => `${host.id} restarts without the configuration at ${expected.index}`)
  }
})

const property = "ConfigurationSafety"

const checkInForce = ({ host }: Stepped, after: Server, { configuration, index }: Held): void => {
  const isSame = canonical(after.configuration) === canonical(configuration)
  check(isSame, property, () => `${host.id} does not go by its last configuration, that of index ${index}`)
}

const checkAppended = (step: Stepped, held: ReadonlyArray<Held>, { entries }: Write): void => {
  const { after, before, cluster, host } = step
  for (const { index, kind } of entries) {
    if (kind !== "Configuration") continue
    const position = held.findIndex((candidate) => candidate.index === index)
    const last = held[position - 1]!
    const next = held[position]!
    const what = `${host.id} appends a configuration at ${index}`
    check(
      last.index <= before.commitIndex,
      property,
      () => `${what} before that at ${last.index} is committed`
    )
    const committed = cluster.core.Log.termAt(before.log, before.commitIndex)
    const hasOwn = committed === after.currentTerm
    check(hasOwn, property, () => `${what} before it has committed anything of term ${after.currentTerm}`)
    const apart = disjointMajorities(last.configuration, next.configuration)
    check(apart === undefined, property, () => `${what}: ${apart?.map(String).join(" and ")} both decide`)
  }
}
