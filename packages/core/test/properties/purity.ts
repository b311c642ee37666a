import type { Event } from "../../src/event.ts"
import type { Server } from "../../src/server.ts"
import { canonical } from "../support/canonical.ts"
import type { Observer, Stepped } from "../support/Cluster.ts"
import { check } from "./property.ts"

interface Archived {
  readonly server: Server
  readonly text: string
}

/** Older versions that are kept, and how many steps apart all of them are looked at again. */
const archiveMax = 4
const interval = 8

/**
 * `step` changes nothing that it is given, gives the same for the same, and versions of a server that come
 * from one old value never see each other, although their logs share memory.
 */
export const purity = (): Observer => {
  const archive: Array<Archived> = []
  return {
    stepped: (step) => {
      const { after, before, cluster, event, host, outputs } = step
      const given = canonical([before, event])
      const made = canonical([after, outputs])
      // Another future of the same past, which appends where this one did.
      for (const other of otherEvents(step)) cluster.core.step(before, other)
      const again = cluster.core.step(before, event)
      for (const other of otherEvents(step)) cluster.core.step(again[0], other)

      check(canonical([before, event]) === given, "Purity", () => `a step changed what ${host.id} was`)
      check(canonical(again) === made, "Purity", () => `${event._tag} twice gave ${host.id} two results`)
      check(canonical([after, outputs]) === made, "Purity", () => `another future changed what ${host.id} is`)
      if (cluster.counters.steps % interval !== 0) return
      for (const { server, text } of archive) {
        const isKept = canonical(server) === text
        check(isKept, "Purity", () => `an old version of ${server.self.id} changed when ${host.id} stepped`)
      }
      archive.push({ server: before, text: canonical(before) })
      if (archive.length > archiveMax) archive.shift()
    }
  }
}

const otherEvents = ({ cluster, host }: Stepped): ReadonlyArray<Event> => [
  {
    _tag: "CommandsProposed",
    at: host.clock,
    proposals: [{ id: 1_000_000 + cluster.counters.steps, command: Uint8Array.of(255, 255, 255) }]
  },
  { _tag: "TimeAdvanced", at: host.clock + 100_000 }
]
