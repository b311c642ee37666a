/**
 * What is worth telling while it happens: elections, and servers that stop by
 * themselves.
 */
import type { RaftServer } from "effect-raft"
import type { ServerName } from "./instruction.ts"

export type News =
  /** The server's election timeout ran out: it asks for votes (§5.2). */
  | { readonly _tag: "Campaigning"; readonly server: ServerName; readonly term: number }
  | { readonly _tag: "Elected"; readonly server: ServerName; readonly term: number }
  /** A leader learned of a later term. */
  | { readonly _tag: "SteppedDown"; readonly server: ServerName; readonly term: number }
  /** A leader heard no majority for an election timeout, and gave up in its own term (thesis §6.2). */
  | { readonly _tag: "QuorumLost"; readonly server: ServerName; readonly term: number }
  /** Storage failed or an invariant broke. */
  | { readonly _tag: "Stopped"; readonly server: ServerName; readonly reason: string }

/**
 * The news in a server's change.
 *
 * Of a candidate only the first campaign: without a majority there would be
 * another one twice a second.
 */
export const newsBetween = (
  server: ServerName,
  before: RaftServer.Change | undefined,
  after: RaftServer.Change
): ReadonlyArray<News> => {
  switch (after.role) {
    case "PreCandidate":
      return fall(server, before, after)
    case "Candidate":
      return before?.role === "Candidate" ? [] : [{ _tag: "Campaigning", server, term: after.term }]
    case "Leader":
      return before?.role === "Leader" && before.term === after.term
        ? []
        : [{ _tag: "Elected", server, term: after.term }]
    case "Follower":
      return fall(server, before, after)
  }
}

/** A reader may see a server only when it has gone on from the role that it fell to. */
const fall = (
  server: ServerName,
  before: RaftServer.Change | undefined,
  { term }: RaftServer.Change
): ReadonlyArray<News> => {
  if (before?.role !== "Leader") return []
  return [{ _tag: before.term === term ? "QuorumLost" : "SteppedDown", server, term }]
}
