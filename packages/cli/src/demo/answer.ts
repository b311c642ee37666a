/**
 * What the demo says: answers to instructions, and news.
 *
 * On a terminal an answer may take several lines. In a pipe every answer is
 * one line, so that answers can be matched to commands by counting.
 */
import type { KvCommand, KvResult } from "@effect-raft/kv"
import type { OutcomeUnknown } from "effect-raft"
import type { ServerView } from "./Cluster.ts"
import { quotingHint, serverNames, usages } from "./instruction.ts"
import type { News } from "./news.ts"
import * as Quoting from "./quoting.ts"

/** Where answers go: to a person, or to a program that counts lines. */
export type Form = "Terminal" | "Lines"

export interface Answer {
  /** `Unknown`: the command may yet take effect, or may have. */
  readonly _tag: "Done" | "Failed" | "Unknown"
  readonly text: string
}

export const done = (text: string): Answer => ({ _tag: "Done", text })

/** A failure, on one line. */
export const failed = (reason: string): Answer => ({ _tag: "Failed", text: `error: ${oneLine(reason)}` })

export const ok = done("ok")

export const greeting = `servers ${serverNames.join(", ")} are up and about to elect a leader; help lists the commands`

/** To a command of the map. A value with a blank is quoted, so none looks like `(not found)`. */
export const ofResult = (result: KvResult): Answer => {
  switch (result._tag) {
    case "Stored":
    case "Deleted":
      return ok
    case "Found":
      return done(Quoting.quote(result.value))
    case "NotFound":
      return done("(not found)")
  }
}

/** A read without an answer is only a failure: it changes nothing. A write may still take effect. */
export const ofUnknown = (command: KvCommand, { server, index, term }: OutcomeUnknown): Answer => {
  const what = `server ${server} got no majority to confirm it in time`
  return command._tag === "Get"
    ? failed(`${what}: nothing was read; restart or connect servers, then try again`)
    : {
        _tag: "Unknown",
        text: `unknown: ${what} (index ${index}, term ${term}): the ${command._tag.toLowerCase()} takes effect if a majority with this entry comes back; get tells`
      }
}

export const ofStatus = (form: Form, servers: ReadonlyArray<ServerView>): Answer => {
  switch (form) {
    case "Terminal":
      return done(table([statusHeader, ...servers.map(statusCells)]))
    case "Lines":
      return done(servers.map(statusClause).join("; "))
  }
}

export const help = (form: Form): Answer => {
  const entries = Object.values(usages)
  switch (form) {
    case "Terminal":
      return done(`${table(entries.map(({ form, meaning }) => [form, meaning]))}\n${quotingHint}`)
    case "Lines":
      return done(`${entries.map(({ form }) => form).join(", ")}; ${quotingHint}`)
  }
}

export const ofNews = (news: News): string => {
  switch (news._tag) {
    case "Campaigning":
      return `server ${news.server} asks for votes in term ${news.term}`
    case "Elected":
      return `server ${news.server} leads term ${news.term}`
    case "SteppedDown":
      return `server ${news.server} no longer leads: it learned of term ${news.term}`
    case "QuorumLost":
      return `server ${news.server} no longer leads term ${news.term}: it hears no majority`
    case "Stopped":
      return `server ${news.server} stopped by itself: ${news.reason}`
  }
}

const statusHeader = ["server", "role", "term", "commit index", "log length", "connected"]

const statusCells = (view: ServerView): ReadonlyArray<string> => {
  const connected = view.connected ? "yes" : "no"
  return view._tag === "Crashed"
    ? [view.server, "crashed", "-", "-", "-", connected]
    : [
        view.server,
        view.role.toLowerCase(),
        String(view.term),
        String(view.commitIndex),
        String(view.logLength),
        connected
      ]
}

const statusClause = (view: ServerView): string =>
  statusCells(view)
    .map((cell, column) => `${statusHeader[column]} ${cell}`)
    .join(", ")

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const width = (column: number) => Math.max(...rows.map((row) => (row[column] ?? "").length))
  const line = (row: ReadonlyArray<string>) =>
    row.map((cell, column) => cell.padEnd(width(column))).join("  ")
  return rows.map((row) => line(row).trimEnd()).join("\n")
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ")
