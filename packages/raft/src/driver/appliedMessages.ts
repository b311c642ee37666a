/**
 * What readers of `applied` are given: entries as an application knows them.
 *
 * Each reader goes through the sessions for itself (§8), so that a command that
 * came into the log several times is given once, as the state machine was.
 */
import { type Entry, Sessions } from "@effect-raft/core"
import { Stream } from "effect"
import type { ApplyMsg } from "../raftServerModel.ts"
import type { Commands } from "./commands.ts"
import type { Restored } from "./readers.ts"
import { SessionTable, TableReader } from "./SessionTable.ts"

/** `applied` must begin with the log's first entry, or with a snapshot: sessions are not known anywhere else. */
export const applyMsgs = <Command>(
  commands: Commands<Command>,
  applied: Stream.Stream<Entry | Restored>
): Stream.Stream<ApplyMsg<Command>> =>
  Stream.mapAccum(
    applied,
    () => new SessionTable<undefined>(),
    (table, item) => [table, ["snapshot" in item ? restored(table, item) : applyMsg(commands, table, item)]]
  )

const applyMsg = <Command>(
  commands: Commands<Command>,
  table: SessionTable<undefined>,
  entry: Entry
): ApplyMsg<Command> => {
  const { index, kind, payload, term } = entry
  switch (kind) {
    case "Command":
      return { index, term, command: commands.decode(payload) }
    case "Session": {
      const executed = table.pass(entry)
      return { index, term, command: executed === undefined ? undefined : commands.decode(executed) }
    }
    case "NoOp":
    case "Configuration":
      return { index, term, command: undefined }
  }
}

const restored = <Command>(
  table: SessionTable<undefined>,
  { bytes, snapshot }: Restored
): ApplyMsg<Command> => {
  const reader = new TableReader()
  const state = reader.take(bytes)
  table.replace(Sessions.mapAnswers(reader.table, () => undefined))
  const { lastIncludedIndex, lastIncludedTerm } = snapshot
  return { index: lastIncludedIndex, term: lastIncludedTerm, command: undefined, snapshot: state }
}
