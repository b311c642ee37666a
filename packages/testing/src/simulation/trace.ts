/**
 * A run as lines of JSON, for viewers and for checkers that know nothing of this
 * code. Every kind of line and every field is described in docs/trace.md.
 */
import type { Entry, Event, HardState, Message, Output, Server, Write } from "@effect-raft/core"
import { leaderId } from "@effect-raft/core"
import type { ActionName } from "./actionNames.ts"
import { actionsOf, actionStateOf } from "./actions.ts"
import type { Change, Observer } from "./observer.ts"
import type { Plan } from "./plan.ts"
import { planFields } from "./planJson.ts"
import type { Seat } from "./Seat.ts"
import type { Operation, OperationObserver } from "./Workload.ts"

/** Writes a line for everything that happens; `now` gives the virtual time (ms). */
export const tracer = (now: () => number, write: (line: string) => void): Observer & OperationObserver => {
  const put = (line: string, fields: object): void => write(JSON.stringify({ line, time: now(), ...fields }))
  // Messages that have arrived or were lost: one that does so again is a copy.
  const ended = new WeakSet<Message>()
  const end = (message: Message): ReadonlyArray<object> => {
    const isCopy = ended.has(message)
    ended.add(message)
    return isCopy ? [plainAction("DuplicateMessage")] : []
  }
  const started = new Set<Seat>()
  return {
    stepped: (change) => put("step", stepFields(change)),
    sent: (seat, message) => put("sent", { server: seat.id, message: messageFields(message) }),
    delivered: (seat, message) =>
      put("delivered", { server: seat.id, message: messageFields(message), actions: end(message) }),
    lost: (message, why) =>
      put("lost", {
        why,
        message: messageFields(message),
        actions: [...end(message), plainAction("DropMessage")]
      }),
    persisted: (seat) => put("persisted", { server: seat.id, ...durableFields(seat) }),
    applying: (seat, entries) => put("applying", { server: seat.id, entries: entries.map(entryFields) }),
    crashed: (seat) => put("crash", { server: seat.id, ...durableFields(seat) }),
    restarted: (seat) => {
      const server = seat.server!
      const name: ActionName = started.has(seat) ? "Restart" : "Init"
      started.add(seat)
      put("restart", {
        server: seat.id,
        at: server.now,
        incarnation: server.self.incarnation,
        ...stateFields(server),
        actions: [{ name, peer: null, state: actionStateOf(server) }]
      })
    },
    operationCalled: (operation) => put("call", operationFields(operation)),
    operationEnded: (operation) => {
      const { index, result, status, term } = operation
      put("return", { ...operationFields(operation), status, result, index, term })
    }
  }
}

/** The first line of a trace: what the run is, how to repeat it, and all options, an infinite one as `null`. */
export const planLine = (plan: Plan): string =>
  JSON.stringify({ line: "run", time: 0, plan: planFields(plan), options: plan.options })

/** An action of the network, which has no state. */
const plainAction = (name: ActionName): object => ({ name, peer: null, state: null })

const stepFields = (change: Change): object => {
  const { after, before, event, outputs, seat } = change
  return {
    server: seat.id,
    at: event.at,
    event: eventFields(event),
    ...stateFields(after),
    log: before.log === after.log ? null : logFields(change),
    writes: outputs.flatMap((output) => (output._tag === "Write" ? [writeFields(output)] : [])),
    messages: outputs.flatMap(orderedFields),
    actions: actionsOf(change)
  }
}

const writeFields = ({ chunk, entries, hardState, id, truncateFrom }: Write): object => ({
  id,
  hardState: hardState === undefined ? null : hardStateFields(hardState),
  truncateFrom: truncateFrom ?? null,
  entries: entries.map(entryFields),
  chunk:
    chunk === undefined
      ? null
      : {
          snapshot: chunk.snapshot,
          offset: chunk.offset,
          chunkBytes: chunk.bytes.length,
          isLast: chunk.isLast
        }
})

/** A message as it was ordered; storage has still to give the bytes of a snapshot. */
const orderedFields = (output: Output): ReadonlyArray<object> => {
  switch (output._tag) {
    case "SendMessage":
      return [{ after: output.after, ...messageFields(output.message) }]
    case "SendSnapshot":
      return [{ after: output.after, ...output.request, chunkBytes: output.length }]
    case "Write":
    case "ApplyEntries":
    case "ReadLog":
    case "AnswerProposals":
    case "TakeSnapshot":
    case "InstallSnapshot":
    case "CompactLog":
    case "AnswerReads":
    case "AnswerTransfer":
    case "AnswerConfigurationChange":
    case "RoleChanged":
      return []
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

const hardStateFields = ({ currentTerm, votedFor }: HardState): object => ({
  currentTerm,
  votedFor: votedFor ?? null
})

const durableFields = ({ disk }: Seat): object => ({
  through: disk.durableThrough,
  hardState: hardStateFields(disk.durable.hardState),
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

/** All fields, entries and proposals without their payload, chunks without their bytes. */
const messageFields = (message: Message): object => {
  if (message._tag === "InstallSnapshotRequest") {
    const { chunk, ...fields } = message
    return { ...fields, chunkBytes: chunk.length }
  }
  if (message._tag === "ForwardProposalsRequest") {
    const proposals = message.proposals.map(({ command, kind }) => ({ kind, hash: hashOf(command) }))
    return { ...message, proposals }
  }
  return "entries" in message ? { ...message, entries: message.entries.map(entryFields) } : message
}

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
