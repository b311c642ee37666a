/**
 * The session table of a state machine that comes with its own state (§8): the
 * stored snapshot's, and on through the entries that the machine holds already.
 *
 * That they were executed is known, so none is executed twice; what they were
 * answered only the machine knew, so a copy is told that the answer is forgotten.
 */
import { logIndex, type LogIndex } from "@effect-raft/core"
import { Effect } from "effect"
import type { LoadedState, Persister, PersisterError } from "../Persister.ts"
import type { StateMachine } from "../StateMachine.ts"
import { restoreTable, type SessionTable } from "./SessionTable.ts"
import { snapshotBytes } from "./snapshots.ts"

/** Bytes of entries read at once. */
const pageBytesMax = 1_048_576

export const recoverSessions = Effect.fnUntraced(function* <Command, Answer>(
  persister: Persister["Service"],
  {
    machine,
    table
  }: { readonly machine: StateMachine<Command, Answer>; readonly table: SessionTable<Answer> },
  { lastApplied, snapshot }: Pick<LoadedState, "snapshot"> & { readonly lastApplied: LogIndex }
): Effect.fn.Return<void, PersisterError> {
  if (snapshot !== undefined && snapshot.size > 0) {
    yield* restoreTable(table, machine.result, snapshotBytes(persister, snapshot))
  }
  let next = logIndex((snapshot?.lastIncludedIndex ?? 0) + 1)
  while (next <= lastApplied) {
    const entries = yield* persister.readEntries({ from: next, through: lastApplied, bytesMax: pageBytesMax })
    if (entries[0]?.index !== next) {
      throw new Error(`storage gave ${entries[0]?.index ?? "nothing"} where entry ${next} was asked for`)
    }
    for (const entry of entries) if (entry.kind === "Session") table.pass(entry)
    next = logIndex(next + entries.length)
  }
})
