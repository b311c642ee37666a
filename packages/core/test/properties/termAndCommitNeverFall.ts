import type { ServerId, Term } from "../../src/ids.ts"
import type { Server } from "../../src/server.ts"
import type { Observer } from "../support/Cluster.ts"
import { check } from "./property.ts"

/** Terms never fall, restarts included; within a life neither do commitment, applying and what is known durable. */
export const termAndCommitNeverFall = (): Observer => {
  /** The highest term that left each server: it must come back with at least that. */
  const shown = new Map<ServerId, Term>()
  return {
    stepped: ({ after, before, host }) => {
      for (const [name, valueOf] of measures) {
        const holds = valueOf(after) >= valueOf(before)
        const fall = () => `${name} of ${host.id} fell from ${valueOf(before)} to ${valueOf(after)}`
        check(holds, "TermAndCommitNeverFall", fall)
      }
    },
    released: (_, host, output) => {
      if (output._tag !== "SendMessage") return
      // A PreVoteRequest names a term that nobody has adopted.
      if (output.message._tag === "PreVoteRequest") return
      const highest = shown.get(host.id)
      if (highest === undefined || output.message.term > highest) shown.set(host.id, output.message.term)
    },
    restarted: (_, host) => {
      const term = host.server!.currentTerm
      const last = shown.get(host.id) ?? 0
      check(term >= last, "TermAndCommitNeverFall", () => `${host.id} came back from term ${last} in ${term}`)
    }
  }
}

const measures: ReadonlyArray<readonly [name: string, valueOf: (server: Server) => number]> = [
  ["currentTerm", (server) => server.currentTerm],
  ["commitIndex", (server) => server.commitIndex],
  ["lastApplied", (server) => server.apply.lastApplied],
  ["lastIncludedIndex", (server) => server.log.lastIncludedIndex],
  ["the last sequence", (server) => server.lastSequence],
  ["the clock", (server) => server.now]
]
