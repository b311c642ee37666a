/**
 * A run as lines of JSON, for viewers and for checkers that know nothing of this
 * code. Every kind of line and every field is described in docs/trace.md.
 */
import type { Entry, Event, Message, Server } from "@effect-raft/core"
import { leaderId } from "@effect-raft/core"
import { actionsOf } from "./actions.ts"
import type { Change, Observer } from "./observer.ts"
import type { Plan } from "./plan.ts"
import { planFields } from "./planJson.ts"
import type { Seat } from "./Seat.ts"
import type { Operation, OperationObserver } from "./Workload.ts"

/** Writes a line for everything that happens; `now` gives the virtual time (ms). */
export const tracer = (now: () => number, write: (line: string) => void): Observer & OperationObserver => {
  const put = (line: string, fields: object): void => write(JSON.stringify({ line, time: now(), ...fields }))
  return {
    stepped: (change) => put("step", stepFields(change)),
    sent: (seat, message) => put("sent", { server: seat.id, message: messageFields(message) }),
    delivered: (seat, message) => put("delivered", { server: seat.id, message: messageFields(message) }),
    lost: (message, why) => put("lost", { why, message: messageFields(message) }),
    persisted: (seat) => put("persisted", { server: seat.id, ...durableFields(seat) }),
    applying: (seat, entries) => put("applying", { server: seat.id, entries: entries.map(entryFields) }),
    crashed: (seat) => put("crash", { server: seat.id, ...durableFields(seat) }),
    restarted: (seat) => {
      const { server } = seat
      put("restart", { server: seat.id, incarnation: server?.self.incarnation, ...stateFields(server!) })
    },
    operationCalled: (operation) => put("call", operationFields(operation)),
    operationEnded: (operation) => {
      const { index, result, status, term } = operation
      put("return", { ...operationFields(operation), status, result, index, term })
    }
  }
}

/** The first line of a trace: what the run is, and how to repeat it. */
export const planLine = (plan: Plan): string =>
  JSON.stringify({ line: "run", time: 0, plan: planFields(plan) })

const stepFields = (change: Change): object => {
  const { after, before, event, outputs, seat } = change
  return {
    server: seat.id,
    at: event.at,
    event: eventFields(event),
    ...stateFields(after),
    log: before.log === after.log ? null : logFields(change),
    writes: outputs.flatMap((output) =>
      output._tag === "Write"
        ? [
            {
              id: output.id,
              hardState: output.hardState ?? null,
              truncateFrom: output.truncateFrom ?? null,
              entries: output.entries.map(entryFields)
            }
          ]
        : []
    ),
    messages: outputs.flatMap((output) =>
      output._tag === "SendMessage" ? [{ after: output.after, ...messageFields(output.message) }] : []
    ),
    actions: actionsOf(change)
  }
}

const stateFields = (server: Server): object => ({
  role: server.role._tag,
  currentTerm: server.currentTerm,
  votedFor: server.votedFor ?? null,
  leaderId: leaderId(server) ?? null,
  commitIndex: server.commitIndex,
  lastApplied: server.apply.lastApplied,
  lastIndex: server.log.lastIndex,
  lastTerm: server.log.lastTerm,
  lastIncludedIndex: server.log.lastIncludedIndex,
  durableIndex: server.writes.durableIndex,
  configuration: server.configuration.members.map(({ id, role }) => ({ id, role })),
  outgoing: server.configuration.outgoing?.members.map(({ id, role }) => ({ id, role })) ?? null
})

/** What a step changed at the end of the log: everything from `from` on is now these entries. */
const logFields = ({ outputs }: Change): object | null => {
  let from: number | undefined
  let entries: ReadonlyArray<Entry> = []
  for (const output of outputs) {
    if (output._tag !== "Write") continue
    const { chunk } = output
    // A snapshot that is complete takes the place of the whole log.
    const replacedThrough = chunk?.isLast === true ? chunk.snapshot.lastIncludedIndex : undefined
    const start =
      replacedThrough === undefined ? (output.truncateFrom ?? output.entries[0]?.index) : replacedThrough + 1
    if (start === undefined) continue
    entries = [...entries.filter(({ index }) => index < start), ...output.entries]
    from = Math.min(from ?? start, start)
  }
  return from === undefined ? null : { from, entries: entries.map(entryFields) }
}

const durableFields = ({ disk }: Seat): object => ({
  through: disk.durableThrough,
  hardState: disk.durable.hardState,
  lastIndex: disk.lastIndex(disk.durable)
})

const eventFields = (event: Event): object => {
  switch (event._tag) {
    case "MessageReceived":
      return { _tag: event._tag, message: messageFields(event.message) }
    case "CommandsProposed":
      return { _tag: event._tag, operations: event.proposals.map(({ id }) => id) }
    case "LogRead":
      return { _tag: event._tag, id: event.id, entries: event.entries.map(entryFields) }
    case "TimeAdvanced":
    case "ReadRequested":
    case "WritesPersisted":
    case "LogReadFailed":
    case "EntriesApplied":
    case "SnapshotTaken":
    case "SnapshotPersisted":
    case "SnapshotRestored":
    case "PeerUnreachable":
    case "LeadershipTransferRequested":
    case "ConfigurationChangeRequested":
    case "StorageFailed": {
      const { at: _at, ...fields } = event
      return fields
    }
  }
}

/** All fields, entries without their payload. */
const messageFields = (message: Message): object =>
  "entries" in message ? { ...message, entries: message.entries.map(entryFields) } : message

const entryFields = ({ index, kind, payload, term, time }: Entry): object => ({
  index,
  term,
  kind,
  time,
  hash: hashOf(payload)
})

/** FNV-1a, 32 bits, in hexadecimal digits. */
const hashOf = (payload: Uint8Array): string => {
  let hash = 0x811c9dc5
  for (const byte of payload) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, "0")
}

const operationFields = ({ client, command, isRead, number }: Operation): object => ({
  operation: number,
  client,
  isRead,
  ...command
})
