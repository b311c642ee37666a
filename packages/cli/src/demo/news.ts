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
  /** Storage failed or an invariant broke. */
  | { readonly _tag: "Stopped"; readonly server: ServerName; readonly reason: string }

/** The news in a server's change, if its role or the term it holds the role in is new. */
export const newsBetween = (
  server: ServerName,
  before: RaftServer.Change | undefined,
  after: RaftServer.Change
): ReadonlyArray<News> => {
  if (before?.role === after.role && (before.term === after.term || after.role === "Follower")) return []
  switch (after.role) {
    case "Candidate":
      return [{ _tag: "Campaigning", server, term: after.term }]
    case "Leader":
      return [{ _tag: "Elected", server, term: after.term }]
    case "Follower":
      return before?.role === "Leader" ? [{ _tag: "SteppedDown", server, term: after.term }] : []
  }
}
